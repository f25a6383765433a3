// A tiny BERT for tests of packing and loading: config, random tensors by canonical name, heads of any class. Nothing is read from disk.

import { encoderSpec, headSpec } from "../src/architectures/architectures.ts";
import { BertConfig } from "../src/architectures/config.ts";
import { encoderShapes } from "../src/architectures/encoder-spec.ts";
import { headShapes } from "../src/architectures/head-spec.ts";
import type { HeadInput } from "../src/checkpoint/checkpoint.ts";
import { ownShapes, type PackInput } from "../src/model-file/pack.ts";
import { type TensorView, writeSafetensors } from "../src/safetensors.ts";

export const TINY = {
  vocab_size: 20,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 32,
  max_position_embeddings: 12,
  type_vocab_size: 2,
};

export function tinyConfig(settings: Record<string, unknown> = {}): BertConfig {
  return BertConfig.fromJSON({ ...TINY, ...settings });
}

/** The encoder's tensors with their shapes, with or without the pooler's. */
export function shapesOf(config: BertConfig, pooler: boolean): Map<string, readonly number[]> {
  const spec = encoderSpec(config);
  return encoderShapes(pooler ? spec : { ...spec, outputs: [] });
}

export function f32(shape: readonly number[], values: ArrayLike<number>): TensorView {
  return { dtype: "F32", shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

/** Numbers between −1 and 1 that look random and are the same every time. */
export function randomTensors(shapes: ReadonlyMap<string, readonly number[]>, seed = 1): Map<string, TensorView> {
  let state = seed;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  };
  return new Map(
    Array.from(shapes, ([name, shape]) => {
      const length = shape.reduce((product, extent) => product * extent, 1);
      return [name, f32(shape, Array.from({ length }, random))];
    }),
  );
}

/** A head of the class with random tensors. */
export function randomHead(architecture: string, config: BertConfig, name?: string, seed = 7): HeadInput {
  const spec = headSpec(architecture, config, name);
  if (!spec) throw new Error(`there is no class ${architecture}`);
  return { spec, tensors: randomTensors(ownShapes(headShapes(spec, config.hidden_size), encoderSpec(config)), seed) };
}

/** A tiny encoder with a pooler, two classifiers and a language model; f32. */
export function tinyInput(settings: Record<string, unknown> = {}): PackInput {
  const config = tinyConfig(settings);
  const named = (...labels: string[]) => tinyConfig({ ...settings, id2label: { ...labels } });
  return {
    config,
    encoder: randomTensors(shapesOf(config, true)),
    heads: [
      randomHead("BertForSequenceClassification", named("bad", "good"), "mood", 2),
      randomHead("BertForTokenClassification", named("O", "PER", "LOC"), "entities", 3),
      randomHead("BertForMaskedLM", config, "words", 4),
    ],
    quantization: "f32",
  };
}

/** A safetensors file with this header, right or wrong, and `dataBytes` zeros behind it. */
export function rawSafetensors(header: unknown, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

/** The files of a checkpoint: JSON by value, safetensors by their tensors. */
export function checkpointFiles(
  files: Readonly<Record<string, ReadonlyMap<string, TensorView> | BertConfig | object>>,
): Map<string, Uint8Array> {
  return new Map(
    Object.entries(files).map(([name, content]) => [
      name,
      content instanceof Map ? writeSafetensors(content, {}) : new TextEncoder().encode(JSON.stringify(content)),
    ]),
  );
}

/** The bytes in pieces of `size`, the last one shorter. */
export function streamOf(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}
