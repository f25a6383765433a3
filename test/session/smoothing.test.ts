// A smoothed model gives the outputs of the model as it was: what is divided in one place is multiplied back in every other.
import type { Tensor } from "onnxruntime-common";
import { describe, expect, test } from "vitest";
import { KernelSession } from "../../src/wasm/kernel-session.ts";
import { packModel } from "../../src/weights/pack.ts";
import { QUANTIZATIONS, type Quantization } from "../../src/weights/packed.ts";
import { smooth, smoothingSites } from "../../src/weights/smoothing.ts";
import { tinyConfig, tinyInput } from "../builders.ts";
import { int32, values } from "../goldens.ts";

// H is no multiple of 16.
const tiny = { hidden_size: 20, num_hidden_layers: 3 };
const H = tiny.hidden_size;
const feeds = {
  input_ids: int32([
    [2, 7, 19, 0, 11],
    [5, 13, 1, 3, 4],
  ]),
};
const hidden = Array.from({ length: 4 }, (_, layer) => `hidden_states.${layer}`);

/** Factors of 1/4 to 4; powers of two where no rounding is to differ. */
async function smoothed(quantization: Quantization, exact = false): Promise<Uint8Array> {
  const input = tinyInput(tiny);
  const encoder = smoothingSites(tinyConfig(tiny)).reduce((tensors, site, seed) => {
    const exponent = (h: number) => 2 * Math.sin(1 + h * 7 + seed);
    return smooth(
      tensors,
      site,
      Float32Array.from({ length: H }, (_, h) => 2 ** (exact ? Math.round(exponent(h)) : exponent(h))),
    );
  }, input.encoder);
  return packModel({ ...input, encoder, quantization });
}

function expectAlike(actual: Tensor | undefined, expected: Tensor | undefined, tolerance: number, name: string): void {
  const [a, b] = [values(actual), values(expected)];
  expect(a.length, name).toBe(b.length);
  const error = Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b);
  expect(error, name).toBeLessThan(tolerance);
}

describe("a smoothed model", () => {
  test.each([
    ["f32", 1e-5],
    ["int8", 0.1],
    ["int4", 0.4],
  ] as const)("gives the outputs of the model as it was, in %s", async (quantization, tolerance) => {
    const plain = await KernelSession.create(await packModel(tinyInput(tiny)));
    const session = await KernelSession.create(await smoothed(quantization));
    const names = [...plain.outputNames, ...hidden];
    const expected = await plain.run(feeds, names);
    const actual = await session.run(feeds, names);
    for (const name of names) expectAlike(actual[name], expected[name], tolerance, name);
  });

  test.each(QUANTIZATIONS)("gives the first tokens alone what it gives all, in %s", async (quantization) => {
    const session = await KernelSession.create(await smoothed(quantization));
    const names = ["pooler_output", "mood.logits"];
    const [all, first] = [await session.run(feeds), await session.run(feeds, names)];
    for (const name of names) expectAlike(first[name], all[name], 1e-5, name);
  });

  test.each(QUANTIZATIONS)(
    "can be split: what is handed over are the true hidden states, in %s",
    async (quantization) => {
      const file = await smoothed(quantization, true);
      const whole = await KernelSession.create(file);
      const expected = await whole.run(feeds, [...whole.outputNames, ...hidden]);
      for (const at of [1, 2]) {
        const lower = await KernelSession.create(file, { layers: [0, at] });
        const upper = await KernelSession.create(file, { layers: [at, 3] });
        const { last_hidden_state } = await lower.run(feeds, ["last_hidden_state"]);
        expect(values(last_hidden_state)).toEqual(values(expected[`hidden_states.${at}`]));
        const outputs = await upper.run({ hidden_states: last_hidden_state! }, [
          ...whole.outputNames,
          "hidden_states.0",
        ]);
        expect(values(outputs["hidden_states.0"])).toEqual(values(last_hidden_state));
        for (const name of whole.outputNames) expect(values(outputs[name]), name).toEqual(values(expected[name]));
      }
    },
  );
});
