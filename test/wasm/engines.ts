// The engines that the conformance suite runs on: each turns one golden checkpoint into a session.

import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { exportOnnx } from "../../src/onnx/export.ts";
import { openSource } from "../../src/source/source.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import { OrtSession } from "../../src/wasm/ort/session.ts";
import type { InferenceSession } from "../../src/wasm/session.ts";
import type { Golden } from "../goldens.ts";

export interface Engine {
  readonly name: string;
  create(golden: Golden): Promise<InferenceSession>;
  /** Makes a session of a file cut short. */
  createDamaged(golden: Golden): Promise<InferenceSession>;
}

const kernel = (build: "relaxed" | "baseline"): Engine => {
  const pack = async ({ files }: Golden) => packCheckpoint(await openSource(files), { quantization: "f32" });
  return {
    name: `kernel, ${build}`,
    create: async (golden) => KernelSession.create(await pack(golden), { build }),
    createDamaged: async (golden) => KernelSession.create((await pack(golden)).subarray(0, -100), { build }),
  };
};

const exported = ({ files }: Golden) => exportOnnx(files, { hiddenStates: true, attentions: true });

export const ort: Engine = {
  name: "ort",
  create: async (golden) => OrtSession.create(await exported(golden)),
  createDamaged: async (golden) => OrtSession.create((await exported(golden)).subarray(0, -100)),
};

export const ENGINES: readonly Engine[] = [kernel("relaxed"), kernel("baseline"), ort];
