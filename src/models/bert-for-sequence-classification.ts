// BertForSequenceClassification: labels of texts and of pairs, and documents ordered by how well they answer a query.

import { LABEL_OPTIONS, type Label, type LabelOptions } from "../heads/labels.ts";
import { classifierLoss, type Labels } from "../heads/losses.ts";
import { checkRanker, runHead } from "../heads/run.ts";
import { topIndices } from "../heads/scores.ts";
import { type ClassifyOptions, sequenceClassifier } from "../heads/sequence-classification.ts";
import { TEXT_OPTIONS, type TextOptions } from "../heads/tokenization.ts";
import { checkOptions, count, type OptionTable } from "../options.ts";
import type { Tensor } from "../tensor.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { BertLogitsModel, type LogitsOutput } from "./model.ts";

export interface RerankOptions extends Pick<LabelOptions, "functionToApply">, TextOptions {
  /** How many documents, best first; all when left out. */
  readonly topK?: number | undefined;
}

const RERANK_OPTIONS: OptionTable<RerankOptions> = {
  ...TEXT_OPTIONS,
  functionToApply: LABEL_OPTIONS.functionToApply,
  topK: count,
};

/** A document, its index in the list that was given, and how well it answers. */
export interface RankedDocument {
  readonly index: number;
  readonly score: number;
  readonly text: string;
}

/** `logits` [batch, labels]. */
export type SequenceClassifierOutput = LogitsOutput;

/**
 * A text classifier: single label, several labels, or a regression.
 *
 * @example
 * const file = "models/minilm-l6-heads/model.safetensors";
 * const model = await BertForSequenceClassification.fromPretrained(file, { head: "sentiment" });
 * await model.classify(["a delight from start to finish"]); // [[{ label: "POSITIVE", score: 0.99… }]]
 */
export class BertForSequenceClassification extends BertLogitsModel {
  static override readonly architecture: string = "BertForSequenceClassification";

  protected override loss(logits: Tensor, labels: Labels): number {
    return classifierLoss(logits, labels, this.head);
  }

  /** The labels of each text or pair, best first. */
  classify(texts: readonly TextInput[], options: ClassifyOptions = {}): Promise<Label[][]> {
    return runHead(this.pretrained, sequenceClassifier(this.head), texts, options);
  }

  /**
   * Orders documents by how well they answer the query, best first; each is read together with it.
   * @throws BertletError `unsupported` for a head of several labels
   * @example
   * const reranker = await BertForSequenceClassification.fromPretrained(file, { head: "rerank" });
   * await reranker.rerank("who wrote it?", ["It rained.", "Mary wrote it."]); // [{ index: 1, score: 0.9…, text: "Mary…" }, …]
   */
  async rerank(query: string, documents: readonly string[], options: RerankOptions = {}): Promise<RankedDocument[]> {
    checkOptions(options, RERANK_OPTIONS);
    checkRanker(this.head);
    const { topK = documents.length, ...others } = options;
    const pairs = documents.map((text): TextInput => [query, text]);
    const scores = (await this.classify(pairs, others)).map(([label]) => label!.score);
    return topIndices(scores, topK).map((index) => ({ index, score: scores[index]!, text: documents[index]! }));
  }
}
