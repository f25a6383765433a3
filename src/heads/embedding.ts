// Token vectors → one vector a text, and what vectors are compared by.
import type { TextOptions } from "./tokenization.ts";

/** The mean of a text's token vectors, that of [CLS], or each dimension's largest value. */
export type Pooling = "mean" | "cls" | "max";

export interface EmbedOptions extends TextOptions {
  /** mean when left out. */
  readonly pooling?: Pooling | undefined;
  /** Whether vectors are scaled to length 1; true when left out. */
  readonly normalize?: boolean | undefined;
  /** Keep only this many dimensions, the first; all when left out. Cut before scaling. */
  readonly dimensions?: number | undefined;
}

/** One vector of the rows at `values` [tokens, width]. */
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

/** The vector at length 1; a vector of zeros stays. */
export function normalized(vector: Float32Array): Float32Array {
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
