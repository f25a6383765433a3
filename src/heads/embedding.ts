// Vectors: one per text, pooled from its tokens, or one per token; and what vectors are compared by.
import { type EmbeddingSpec, embeddingWidth } from "../architectures/embedding-spec.ts";
import { POOLINGS, type PoolingMode } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { count, either, flag, nothing, type OptionTable, oneOf } from "../options.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { Head } from "./head.ts";
import { floats, rowOf } from "./outputs.ts";
import type { TextRows } from "./text-rows.ts";
import { pickTextOptions, TEXT_OPTIONS, type TextOptions } from "./tokenization.ts";

/**
 * How a text's token vectors become one: their mean, the first token's ([CLS]), the last one's, the largest value of each dimension, the
 * sum over the square root of their number, or the mean with weights 1, 2, 3, …
 */
export type Pooling = PoolingMode;

export interface EmbedOptions extends TextOptions {
  /** The model's own, with the layers that follow it, when left out: the mean unless its files say otherwise. */
  readonly pooling?: Pooling | undefined;
  /** Whether vectors are scaled to length 1. When left out, as the model's files say; with a pooling of the options, true. */
  readonly normalize?: boolean | undefined;
  /** Keep only the first dimensions, this many; all when left out. They are dropped before scaling. */
  readonly dimensions?: number | undefined;
  /** The name of a prompt of the model, which is put before each text; the model's default when left out, null for none. */
  readonly promptName?: string | null | undefined;
}

/** One vector per text: its meaning, to be compared with others. */
export function embedding(spec: EmbeddingSpec, H: number): Head<TextInput, EmbedOptions, Float32Array> {
  const width = embeddingWidth(spec, H);
  const table: OptionTable<EmbedOptions> = {
    ...TEXT_OPTIONS,
    pooling: oneOf(...POOLINGS),
    normalize: flag,
    dimensions: {
      expected: `between 1 and ${width}`,
      fits: (value) => count.fits(value) && (value as number) <= width,
    },
    promptName: either(nothing, oneOf(...spec.prompts.map(([name]) => name))),
  };
  const output = (options: EmbedOptions) => {
    const mode = options.pooling ?? (options.normalize === false ? bareMode(spec) : undefined);
    return mode ? `pooled.${mode}` : "sentence_embedding";
  };
  return {
    options: table,
    fetches: (options) => [output(options)],
    encode(texts, tokenization, options) {
      const prompt = promptOf(spec, options);
      const maxLength = Math.min(options.maxLength ?? tokenization.maxLength, spec.maxLength ?? tokenization.maxLength);
      const prompted = prompt === "" ? texts : texts.map((text) => withPrompt(prompt, text));
      return { ...tokenization.encode(prompted, { ...pickTextOptions(options), maxLength }), inputs: texts };
    },
    decode(outputs, { rows }, index, options) {
      const name = output(options);
      const { dimensions = width, normalize = options.pooling !== undefined || normalizes(spec) } = options;
      const vector = rowOf(outputs[name], rows[index]![0]!.index).slice(0, dimensions);
      return normalize ? normalized(vector) : vector;
    },
  };
}

/** Whether the rows of other heads are those that the embedding would read: no prompt, and no row beyond its maximum. */
export function sharesRows(spec: EmbeddingSpec, options: EmbedOptions, { rows }: TextRows<unknown>): boolean {
  const { maxLength = Number.POSITIVE_INFINITY } = spec;
  return promptOf(spec, options) === "" && rows.every(([row]) => row!.to - row!.from <= maxLength);
}

/** The pooling of a model whose vectors are pooled and at most normalised; undefined for one with layers behind it. */
function bareMode({ pooling, steps }: EmbeddingSpec): PoolingMode | undefined {
  if (pooling.length === 1 && steps.every(({ op }) => op === "normalize")) return pooling[0];
  if (!steps.some(({ op }) => op === "normalize")) return undefined;
  throw new BertletError("unsupported", "the vectors of this model end with normalisation: normalize cannot be false");
}

function normalizes({ steps }: EmbeddingSpec): boolean {
  return steps.some(({ op }) => op === "normalize");
}

function promptOf({ prompts, defaultPrompt }: EmbeddingSpec, { promptName = defaultPrompt }: EmbedOptions): string {
  return prompts.find(([name]) => name === promptName)?.[1] ?? "";
}

function withPrompt(prompt: string, text: TextInput): TextInput {
  return typeof text === "string" ? prompt + text : [prompt + text[0], text[1]];
}

const HIDDEN = "last_hidden_state";

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

/** The mean of rows [rows, width]. */
export function meanOfRows(values: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i++) sums[i % width]! += values[i]!;
  return Float32Array.from(sums, (sum) => (sum * width) / values.length);
}

/** The vector scaled to length 1; a vector of zeros stays. */
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
