// Vectors: one per text, pooled from its tokens, or one per token; and what vectors are compared by.
import { count, flag, type OptionTable, oneOf } from "../options.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { Head } from "./head.ts";
import { floats } from "./outputs.ts";
import { int32 } from "./text-rows.ts";
import { pickTextOptions, TEXT_OPTIONS, type TextOptions } from "./tokenization.ts";

/** The mean of a text's token vectors, the vector of [CLS], or the largest value of each dimension. */
export type Pooling = "mean" | "cls" | "max";

export interface EmbedOptions extends TextOptions {
  /** mean when left out. */
  readonly pooling?: Pooling | undefined;
  /** Whether vectors are scaled to length 1; true when left out. */
  readonly normalize?: boolean | undefined;
  /** Keep only the first dimensions, this many; all when left out. They are dropped before scaling. */
  readonly dimensions?: number | undefined;
}

const HIDDEN = "last_hidden_state";

/** One vector per text: its meaning, to be compared with others. Hidden states are [tokens, H]. */
export function embedding(H: number): Head<TextInput, EmbedOptions, Float32Array> {
  const options: OptionTable<EmbedOptions> = {
    ...TEXT_OPTIONS,
    pooling: oneOf("mean", "cls", "max"),
    normalize: flag,
    dimensions: { expected: `between 1 and ${H}`, fits: (value) => count.fits(value) && (value as number) <= H },
  };
  return {
    options,
    fetches: () => [HIDDEN],
    encode(texts, tokenization, options) {
      const rows = tokenization.encode(texts, pickTextOptions(options));
      if (options.pooling !== "cls") return rows;
      // Only the first token of each row need be kept.
      const starts = int32(Int32Array.from(rows.rows, ([row]) => row!.from));
      return { ...rows, feeds: { ...rows.feeds, output_tokens: starts } };
    },
    decode(outputs, { rows, feeds }, index, options) {
      const chosen = feeds.output_tokens !== undefined;
      const { from, to } = chosen ? { from: index, to: index + 1 } : rows[index]![0]!;
      return pool(floats(outputs[HIDDEN]).subarray(from * H, to * H), H, options);
    },
  };
}

/** The vectors [H] of each token of a text, [CLS] and [SEP] included. */
export function tokenFeatures(H: number): Head<TextInput, TextOptions, Float32Array[]> {
  return {
    options: TEXT_OPTIONS,
    fetches: () => [HIDDEN],
    encode: (texts, tokenization, options) => tokenization.encode(texts, options),
    decode(outputs, { rows }, index) {
      const { from, to } = rows[index]![0]!;
      const values = floats(outputs[HIDDEN]);
      return Array.from({ length: to - from }, (_, i) => values.slice((from + i) * H, (from + i + 1) * H));
    },
  };
}

/** One vector [width] of the rows at `values` [tokens, width]. */
export function pool(values: Float32Array, width: number, options: EmbedOptions): Float32Array {
  const { pooling = "mean", normalize = true, dimensions = width } = options;
  const vector = POOLINGS[pooling](values, width).slice(0, dimensions);
  return normalize ? normalized(vector) : vector;
}

const POOLINGS: Record<Pooling, (values: Float32Array, width: number) => Float32Array> = {
  cls: (values, width) => values.subarray(0, width),
  mean: meanOfRows,
  max: (values, width) => {
    const most = values.slice(0, width);
    for (let i = width; i < values.length; i++) most[i % width] = Math.max(most[i % width]!, values[i]!);
    return most;
  },
};

/** The mean of rows [rows, width]. */
export function meanOfRows(values: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i++) sums[i % width]! += values[i]!;
  return Float32Array.from(sums, (sum) => (sum * width) / values.length);
}

/** The vector scaled to length 1; a vector of zeros stays. */
function normalized(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((x) => x / length);
}

/**
 * The cosine of the angle between two vectors: 1 where they point the same way.
 * @example
 * cosineSimilarity(Float32Array.of(1, 0), Float32Array.of(1, 1)); // 0.707…
 */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  const lengths = Math.sqrt(dot(a, a) * dot(b, b));
  return lengths === 0 ? 0 : dot(a, b) / lengths;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
