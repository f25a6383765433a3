// A Worker with both engines on the same weights. A request times them in turn on one text of S tokens.
import { Tensor } from "onnxruntime-common";
import weightOnly from "../../dist/bench/all-minilm-l6-v2.onnx";
import packed from "../../dist/bench/all-minilm-l6-v2.safetensors";
import dynamic from "../../dist/bench/all-minilm-l6-v2-dynamic.onnx";
import { KernelSession } from "../../src/wasm/kernel-session.ts";
import { OrtSession } from "../../src/wasm/ort-session.ts";
import type { InferenceSession } from "../../src/wasm/session.ts";

export const ENGINES = ["relaxed", "baseline", "ort", "ortWeightOnly"] as const;
export type EngineName = (typeof ENGINES)[number];

/** One text, how many timings to take, and how many runs a timing: the clock of a Worker counts whole milliseconds. */
export interface EngineTask {
  readonly ids: readonly number[];
  readonly rounds: number;
  readonly repeats: number;
}

/** Milliseconds a run of every round, and what the session held afterwards. */
export type Timings = Record<EngineName, { times: number[]; bytes: number; vector: number[] }>;

let sessions: Record<EngineName, InferenceSession> | undefined;

export default {
  async fetch(request: Request): Promise<Response> {
    sessions ??= {
      relaxed: await KernelSession.create(packed, { build: "relaxed" }),
      baseline: await KernelSession.create(packed, { build: "baseline" }),
      ort: await OrtSession.create(dynamic),
      ortWeightOnly: await OrtSession.create(weightOnly),
    };
    const { ids, rounds, repeats } = (await request.json()) as EngineTask;
    const shape = [1, ids.length];
    const feeds = {
      input_ids: new Tensor(
        "int64",
        BigInt64Array.from(ids, (id) => BigInt(id)),
        shape,
      ),
      attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), shape),
      token_type_ids: new Tensor("int64", new BigInt64Array(ids.length), shape),
    };
    const result = {} as Timings;
    for (let round = 0; round <= rounds; round++) {
      for (const engine of ENGINES) {
        const session = sessions[engine];
        const start = performance.now();
        let output: Tensor | undefined;
        for (let i = 0; i < repeats; i++) output = (await session.run(feeds, ["last_hidden_state"])).last_hidden_state;
        const time = (performance.now() - start) / repeats;
        // The first round warms up.
        if (round === 0) result[engine] = { times: [], bytes: 0, vector: mean(output!) };
        else result[engine].times.push(time);
        result[engine].bytes = session.memory.bytes;
      }
    }
    return Response.json(result);
  },
};

/** The mean over the tokens of [1, S, H]. */
function mean({ data, dims }: Tensor): number[] {
  const width = dims[2]!;
  const sums = new Array<number>(width).fill(0);
  for (const [index, value] of (data as Float32Array).entries()) sums[index % width]! += value / dims[1]!;
  return sums;
}
