// Labels that no head was trained on, chosen by embeddings: a text gets the label whose sentence is nearest to it. Unlike the reference's
// zero-shot pipeline it needs no model of entailment; it is far cheaper, and judges by topic rather than by logic.

import type { EmbeddingSpec } from "../architectures/embedding-spec.ts";
import { BertletError } from "../errors.ts";
import { checkOptions, flag, text } from "../options.ts";
import { cosineSimilarity, type EmbedOptions, embedding } from "./embedding.ts";
import { type Runnable, runHead } from "./run.ts";
import { topIndices, toScores } from "./scores.ts";

/** What it takes of a model. */
export interface VectorModel extends Runnable {
  readonly embedding: EmbeddingSpec;
  readonly config: { readonly hidden_size: number };
}

export interface ZeroShotOptions extends EmbedOptions {
  /** The sentence that stands for a label, with {} for it; "This is about {}." when left out. */
  readonly hypothesisTemplate?: string | undefined;
  /** Whether several labels may hold: scores are then the cosines themselves, at least 0, and do not add up to 1. */
  readonly multiLabel?: boolean | undefined;
}

/** In the reference's shape, best first. */
export interface ZeroShotAnswer {
  readonly sequence: string;
  readonly labels: readonly string[];
  readonly scores: readonly number[];
}

// What sentence-transformers multiply cosines by before softmax, in training.
const SCALE = 20;

/**
 * The labels of each text, nearest first, with softmax(20 × cosine) as scores.
 * @throws BertletError `invalid_input` for no labels, or a template without {}
 * @example
 * await zeroShotClassify(model, ["The striker scored twice."], ["sport", "cooking"]); // [{ labels: ["sport", "cooking"], … }]
 */
export async function zeroShotClassify(
  model: VectorModel,
  texts: readonly string[],
  labels: readonly string[],
  options: ZeroShotOptions = {},
): Promise<ZeroShotAnswer[]> {
  const head = embedding(model.embedding, model.config.hidden_size);
  checkOptions(options, {
    ...head.options,
    hypothesisTemplate: text,
    multiLabel: flag,
  });
  const { hypothesisTemplate = "This is about {}.", multiLabel = false, ...pooling } = options;
  if (labels.length === 0) throw new BertletError("invalid_input", "there are no labels to choose from");
  if (!hypothesisTemplate.includes("{}"))
    throw new BertletError("invalid_input", `the template "${hypothesisTemplate}" has no {} for the label`);
  const sentences = labels.map((label) => hypothesisTemplate.replaceAll("{}", () => label));
  const vectors = await runHead(model, head, [...sentences, ...texts], pooling);
  const ofLabels = vectors.slice(0, labels.length);
  return texts.map((sequence, index) => {
    const vector = vectors[labels.length + index]!;
    const cosines = Float32Array.from(ofLabels, (label) => cosineSimilarity(vector, label));
    const scores = multiLabel
      ? cosines.map((cosine) => Math.max(0, cosine))
      : toScores(
          cosines.map((cosine) => SCALE * cosine),
          "softmax",
        );
    const order = topIndices(scores, labels.length);
    return { sequence, labels: order.map((i) => labels[i]!), scores: order.map((i) => scores[i]!) };
  });
}
