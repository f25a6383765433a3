// Calibration end to end: a checkpoint is packed for texts like those to come, and answers nearer to the unquantised model.
import { Tensor } from "onnxruntime-common";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/source.ts";
import { calibrator } from "../../src/wasm/calibrator.ts";
import { KernelSession } from "../../src/wasm/kernel-session.ts";
import { type PackOptions, packCheckpoint } from "../../src/weights/checkpoint.ts";
import { encoderShapes } from "../../src/weights/names.ts";
import { toFloat32 } from "../../src/weights/safetensors.ts";
import { checkpointFiles, f32, randomTensors, tinyConfig } from "../builders.ts";
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

/** A random model whose sums stay small, with a few columns far greater than the others, as trained ones have. */
function checkpoint(): Map<string, Uint8Array> {
  const tensors = randomTensors(encoderShapes(config, true));
  for (const [name, tensor] of tensors) {
    const norm = name.endsWith("LayerNorm.weight");
    const values = toFloat32(tensor).map((value, i) => (norm ? (i % 13 === 5 ? 8 : 0.5) : value / 8));
    if (name.startsWith("encoder.") || norm) tensors.set(name, f32(tensor.shape, values));
    // Embeddings that 7 bits hold exactly: calibration leaves them as they are.
    const width = config.hidden_size;
    const levels = values.map((value, i) => (i % width === 0 ? 1 : Math.round(value * 8 * 63) / 63));
    if (name.endsWith("_embeddings.weight")) tensors.set(name, f32(tensor.shape, levels));
  }
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

async function pack(options: PackOptions, files = checkpoint()): Promise<KernelSession> {
  return KernelSession.create(await packCheckpoint(await openSource(files), options));
}

describe("a calibrated model", () => {
  it("answers nearer to the unquantised model, on other texts, at every layer", async () => {
    const exact = await pack({ quantization: "f32" });
    const plain = await pack({ quantization: "int8" });
    const calibrated = await pack({ quantization: "int8", calibration: calibrator(texts(40, 1)) });
    const ids = texts(8, 2).flatMap((text) => [2, ...text.split(" ").map((word) => words.indexOf(word)), 3]);
    const feeds = { input_ids: new Tensor("int32", Int32Array.from(ids), [8, 11]) };
    const names = ["hidden_states.1", "hidden_states.2", "last_hidden_state"];
    const [expected, nearest, fitted] = await Promise.all([exact, plain, calibrated].map((s) => s.run(feeds, names)));
    for (const name of names) {
      const error = (actual: Tensor | undefined) => {
        const other = values(expected![name]);
        return Math.hypot(...values(actual).map((value, i) => value - other[i]!));
      };
      expect(error(fitted![name]), name).toBeLessThan(0.6 * error(nearest![name]));
    }
  });

  it("has the same bytes for the same texts, and one factor a column for every LayerNorm but the last", async () => {
    const source = await openSource(checkpoint());
    const calibrate = () => packCheckpoint(source, { quantization: "int8", calibration: calibrator(texts(3, 1)) });
    const [file, again] = [await calibrate(), await calibrate()];
    expect(again).toEqual(file);
    const { model } = await KernelSession.create(file);
    expect([...model.header.tensors.keys()].filter((name) => name.endsWith(".smooth"))).toEqual([
      "embeddings.LayerNorm.smooth",
      "encoder.layer.0.attention.output.LayerNorm.smooth",
      "encoder.layer.0.output.LayerNorm.smooth",
      "encoder.layer.1.attention.output.LayerNorm.smooth",
      "encoder.layer.1.output.LayerNorm.smooth",
      "encoder.layer.2.attention.output.LayerNorm.smooth",
    ]);
  });

  it.each(["f32", "int4"] as const)("is int8: %s is refused", (quantization) =>
    expectError(() => pack({ quantization, calibration: calibrator(texts(1, 1)) }), "invalid_input", "only int8"),
  );

  it("needs texts", () => expectError(async () => calibrator([]), "invalid_input", "no texts"));

  it("needs a tokenizer", async () => {
    const files = checkpoint();
    files.delete("vocab.txt");
    const options = { quantization: "int8", calibration: calibrator(texts(1, 1)) } as const;
    await expectError(() => pack(options, files), "not_found", "tokenizer");
  });
});
