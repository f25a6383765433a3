// The engines that the conformance suite runs on: each turns one golden checkpoint into a session.
import { BertConfig } from "../../src/config.ts";
import { openSource } from "../../src/source.ts";
import { KernelSession } from "../../src/wasm/kernel-session.ts";
import { OrtSession } from "../../src/wasm/ort-session.ts";
import type { InferenceSession } from "../../src/wasm/session.ts";
import { headSpec } from "../../src/weights/architectures.ts";
import { packCheckpoint } from "../../src/weights/checkpoint.ts";
import { canonicalNames } from "../../src/weights/names.ts";
import { toOnnx } from "../../src/weights/onnx/to-onnx.ts";
import { readSafetensors, toFloat32 } from "../../src/weights/safetensors.ts";
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

const exported = ({ files }: Golden) => {
  const config = BertConfig.fromJSON(JSON.parse(new TextDecoder().decode(files["config.json"])));
  const { tensors } = readSafetensors(files["model.safetensors"]!);
  const weights = [...canonicalNames(tensors)].map(
    ([name, view]) => [name, { shape: view.shape, data: toFloat32(view) }] as const,
  );
  const spec = headSpec(config.architectures[0] ?? "", config);
  const heads = spec?.outputs.map((output) => ({ ...output, name: `${spec.name}.${output.name}` })) ?? [];
  return toOnnx(config, new Map(weights), { heads, hiddenStates: true, attentions: true });
};

export const ort: Engine = {
  name: "ort",
  create: async (golden) => OrtSession.create(exported(golden)),
  createDamaged: async (golden) => OrtSession.create(exported(golden).subarray(0, -100)),
};

export const ENGINES: readonly Engine[] = [kernel("relaxed"), kernel("baseline"), ort];
