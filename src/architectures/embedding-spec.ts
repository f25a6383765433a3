// How a model makes one vector of a text: what a sentence-transformers folder says in its modules. Data only.
import * as v from "valibot";
import { type HeadStep, POOLINGS, sizeSchema, stepSchema, stepsWidth } from "./head-spec.ts";

export const embeddingSpecSchema = v.strictObject({
  /** The pooled vectors, side by side. */
  pooling: v.pipe(v.array(v.picklist(POOLINGS)), v.minLength(1)),
  /** What follows pooling: dense layers, normalisation. */
  steps: v.array(stepSchema),
  /** Texts that are put before an input, by name: `query`, `passage`. Pairs, because any name is allowed. */
  prompts: v.optional(v.array(v.strictTuple([v.string(), v.string()])), () => []),
  /** The prompt that is used when a request names none. */
  defaultPrompt: v.optional(v.string()),
  /** The most tokens of a text that are read; the model's own maximum when left out. */
  maxLength: v.optional(sizeSchema),
});

/** Fetched as `sentence_embedding`. */
export type EmbeddingSpec = v.InferOutput<typeof embeddingSpecSchema>;

const NORMALIZE: HeadStep = { op: "normalize" };

/** What a model without settings does: the mean of the tokens' vectors, at length 1. */
export const DEFAULT_EMBEDDING: EmbeddingSpec = { pooling: ["mean"], steps: [NORMALIZE], prompts: [] };

/** The width of the vector. */
export function embeddingWidth({ pooling, steps }: EmbeddingSpec, hiddenSize: number): number {
  return stepsWidth(steps, pooling.length * hiddenSize);
}
