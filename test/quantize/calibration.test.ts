// Calibration end to end: a checkpoint is packed for texts like those to come, and answers nearer to the unquantised model.

import { describe, expect, it } from "vitest";
import { type PackOptions, packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { toFloat32 } from "../../src/safetensors.ts";
import { openSource } from "../../src/source/source.ts";
import { Tensor } from "../../src/tensor.ts";
import { calibrator } from "../../src/wasm/calibrator.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import { checkpointFiles, f32, randomTensors, shapesOf, tinyConfig } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { values } from "../goldens.ts";

// No size is a multiple of 16.
const config = tinyConfig({
  architectures: ["BertModel"],
  vocab_size: 60,
  hidden_size: 40,
  intermediate_size: 72,
  num_hidden_layers: 3,
});
const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...Array.from({ length: 55 }, (_, i) => `word${i}`)];
const vocabulary = new TextEncoder().encode(words.join("\n"));

/** A random model whose sums stay small and whose words are mixtures of few causes: what comes of them has much in common, as in trained ones. */
function checkpoint(): Map<string, Uint8Array> {
  const tensors = randomTensors(shapesOf(config, true));
  for (const [name, tensor] of tensors) {
    if (name.endsWith("LayerNorm.weight")) continue;
    tensors.set(
      name,
      f32(
        tensor.shape,
        toFloat32(tensor).map((value) => value / 8),
      ),
    );
  }
  const [V, H, causes] = [config.vocab_size, config.hidden_size, 5];
  const word = Array.from({ length: V * H }, (_, i) => {
    const [n, h] = [Math.floor(i / H), i % H];
    let sum = 0;
    for (let c = 1; c <= causes; c++) sum += Math.sin(1.3 * n * c * c) * Math.cos(0.7 * h * c * c);
    return sum;
  });
  tensors.set("embeddings.word_embeddings.weight", f32([V, H], word));
  return checkpointFiles({ "config.json": config, "model.safetensors": tensors }).set("vocab.txt", vocabulary);
}

/** Texts of nine words. */
function texts(count: number, seed: number): string[] {
  let state = seed;
  const word = () => {
    state = (state * 48271) % 2147483647;
    return `word${state % 55}`;
  };
  return Array.from({ length: count }, () => Array.from({ length: 9 }, word).join(" "));
}

async function pack(options: PackOptions, files = checkpoint()): Promise<Uint8Array> {
  return packCheckpoint(await openSource(files), options);
}

describe("a calibrated model", () => {
  // From layer 1 on: the error of the embeddings, which calibration leaves as they are, would hide the matrices'.
  it.each(["int8", "int4"] as const)(
    "comes nearer to the unquantised one, on other texts: %s",
    async (quantization) => {
      const exact = await pack({ quantization: "f32" });
      const ids = texts(8, 2).flatMap((text) => [2, ...text.split(" ").map((word) => words.indexOf(word)), 3]);
      const embedded = await (await KernelSession.create(exact)).run(
        { input_ids: new Tensor("int32", Int32Array.from(ids), [8, 11]) },
        ["hidden_states.1"],
      );
      const upper = async (file: Uint8Array) => {
        const session = await KernelSession.create(file, { layers: [1, 3] });
        const feeds = { hidden_states: embedded["hidden_states.1"]! };
        return values((await session.run(feeds, ["last_hidden_state"])).last_hidden_state);
      };
      const expected = await upper(exact);
      const error = (actual: Float32Array) => Math.hypot(...actual.map((value, i) => value - expected[i]!));
      const plain = error(await upper(await pack({ quantization })));
      const calibrated = error(await upper(await pack({ quantization, calibration: calibrator(texts(40, 1)) })));
      expect(calibrated).toBeLessThan(0.75 * plain);
    },
  );

  it("has the same bytes for the same texts", async () => {
    const source = await openSource(checkpoint());
    const calibrated = () => packCheckpoint(source, { quantization: "int8", calibration: calibrator(texts(3, 1)) });
    const [file, again] = [await calibrated(), await calibrated()];
    expect(again).toEqual(file);
  });

  it("is quantised: f32 is refused", () =>
    expectError(() => pack({ quantization: "f32", calibration: calibrator(texts(1, 1)) }), "invalid_input", "f32"));

  it("needs texts", () => expectError(async () => calibrator([]), "invalid_input", "no texts"));

  it("needs a tokenizer", async () => {
    const files = checkpoint();
    files.delete("vocab.txt");
    const options = { quantization: "int8", calibration: calibrator(texts(1, 1)) } as const;
    await expectError(() => pack(options, files), "not_found", "tokenizer");
  });
});
