// A model in 4-bit weights: near the f32 one, its word embeddings serving look-up and tied decoder both.
import { describe, expect, test } from "vitest";
import { packModel } from "../../src/model-file/pack.ts";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import type { Quantization } from "../../src/model-file/packed.ts";
import { rotateRows } from "../../src/quantize/hadamard.ts";
import { type TensorView, toFloat32 } from "../../src/safetensors.ts";
import { openSource } from "../../src/source/source.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import type { KernelBuild } from "../../src/wasm/kernels/abi.ts";
import { f32, tinyInput } from "../builders.ts";
import { goldenFeeds, int32, readGolden, values } from "../goldens.ts";

const { files, cases } = await readGolden("torch/masked-lm");
const odd = await readGolden("torch/masked-lm-odd");

async function open(checkpoint: typeof files, quantization: Quantization, build: KernelBuild) {
  return KernelSession.create(await packCheckpoint(await openSource(checkpoint), { quantization }), { build });
}

/** A matrix that is packed in whole eighths, 7/8 in every block of a row; vectors as they are. */
function inEighths(tensor: TensorView): TensorView {
  const [N, K] = tensor.shape;
  if (N === undefined || K === undefined) return tensor;
  const eighths = toFloat32(tensor).map((value, i) => (i % 16 === 0 ? 7 : Math.round(7 * value)) / 8);
  return f32(tensor.shape, rotateRows(eighths, N, K));
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe.each(["relaxed", "baseline"] as const)("int4, %s build", (build) => {
  test.each([
    ["whole blocks", files, cases],
    ["sizes that are no multiple of 16", odd.files, odd.cases],
  ])("comes near f32: %s", async (_, checkpoint, examples) => {
    const [exact, coarse] = [await open(checkpoint, "f32", build), await open(checkpoint, "int4", build)];
    // Random weights this small a model has no redundancy in: errors grow from layer to layer, and from the second one on their size is luck.
    const least = {
      "hidden_states.0": 0.999,
      "hidden_states.1": 0.975,
      last_hidden_state: 0.9,
      "fill-mask.logits": 0.9,
    };
    const names = Object.keys(least);
    for (const example of examples) {
      const [a, b] = [await exact.run(goldenFeeds(example), names), await coarse.run(goldenFeeds(example), names)];
      for (const [name, bound] of Object.entries(least)) {
        expect(cosine(values(a[name]), values(b[name])), name).toBeGreaterThan(bound);
      }
    }
    await Promise.all([exact.release(), coarse.release()]);
  });

  // Seven levels of a row are 63 of the 127 that int8 has: both hold such weights exactly.
  test("gives what int8 gives where no weight is rounded", async () => {
    const input = tinyInput({ hidden_size: 48, num_attention_heads: 3, intermediate_size: 80 });
    const encoder = new Map(Array.from(input.encoder, ([name, tensor]) => [name, inEighths(tensor)]));
    const sessions = (["int8", "int4"] as const).map(async (quantization) =>
      KernelSession.create(await packModel({ ...input, encoder, quantization }), { build }),
    );
    const [int8, int4] = (await Promise.all(sessions)) as [KernelSession, KernelSession];
    const feeds = { input_ids: int32([[3, 9, 1, 14, 6, 2, 17]]) };
    const [a, b] = [await int8.run(feeds), await int4.run(feeds)];
    for (const name of int8.outputNames) {
      expect(cosine(values(a[name]), values(b[name])), name).toBeGreaterThan(0.9995);
    }
    await Promise.all([int8.release(), int4.release()]);
  });

  test("computes [CLS] alone as it does beside the others", async () => {
    const { files, cases } = await readGolden("torch/bert-model");
    const session = await open(files, "int4", build);
    const feeds = goldenFeeds(cases[0]!);
    const alone = await session.run(feeds, ["pooler_output"]);
    const beside = await session.run(feeds, ["pooler_output", "last_hidden_state"]);
    const [a, b] = [values(alone.pooler_output), values(beside.pooler_output)];
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(1e-5);
    await session.release();
  });
});

test("both builds give the same numbers, to rounding", async () => {
  const [relaxed, baseline] = [await open(files, "int4", "relaxed"), await open(files, "int4", "baseline")];
  const feeds = goldenFeeds(cases[0]!);
  const [a, b] = [await relaxed.run(feeds), await baseline.run(feeds)];
  for (const name of relaxed.outputNames) expect(cosine(values(a[name]), values(b[name]))).toBeGreaterThan(0.9999);
  await Promise.all([relaxed.release(), baseline.release()]);
});
