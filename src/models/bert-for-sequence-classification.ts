// BertForSequenceClassification: one score a label for a text, from its pooled [CLS]; and the labels that follow from the scores.
import type { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import { type Label, type LabelOptions, toLabels } from "../heads/labels.ts";
import { rowOf } from "../heads/outputs.ts";
import { topIndices } from "../heads/scores.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { LoadedModel, PretrainedSource } from "./loaded-model.ts";
import { BertLogitsModel, fromPretrained, type HeadOptions, type LogitsOutput } from "./model.ts";

export interface ClassifyOptions extends LabelOptions, TextOptions {}

export interface RerankOptions extends Pick<LabelOptions, "functionToApply">, TextOptions {
  /** How many documents, best first; all when left out. */
  readonly topK?: number | undefined;
}

/** A document's place in the list that was given, and how well it answers. */
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
 * const file = await readFile("models/minilm-l6-heads/model.safetensors");
 * const model = await BertForSequenceClassification.fromPretrained(file, { head: "sentiment" });
 * await model.classify(["a delight from start to finish"]); // [[{ label: "POSITIVE", score: 0.99… }]]
 */
export class BertForSequenceClassification extends BertLogitsModel {
  static readonly architecture: string = "BertForSequenceClassification";

  constructor(pretrained: LoadedModel, head?: string) {
    super(pretrained, BertForSequenceClassification.architecture, head);
  }

  static fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertForSequenceClassification> {
    return fromPretrained(BertForSequenceClassification, source, options);
  }

  /** The labels of each text or pair, best first. */
  async classify(texts: readonly TextInput[], options: ClassifyOptions = {}): Promise<Label[][]> {
    if (texts.length === 0) return [];
    const logits = await this.run(this.tokenization.encode(texts, options).feeds);
    return texts.map((_, row) => this.labels(logits, row, options));
  }

  /** The labels of row `row` of logits [batch, labels]. */
  labels(logits: Tensor, row: number, options: LabelOptions): Label[] {
    return toLabels(rowOf(logits, row), this.head, options);
  }

  /**
   * Orders documents by how well they answer the query, best first, each scored together with it.
   * @throws BertletError `unsupported` for a head of several labels
   * @example
   * const reranker = await BertForSequenceClassification.fromPretrained(file, { head: "rerank" });
   * await reranker.rerank("who wrote it?", ["It rained.", "Mary wrote it."]); // [{ index: 1, score: 0.9…, text: "Mary…" }, …]
   */
  async rerank(query: string, documents: readonly string[], options: RerankOptions = {}): Promise<RankedDocument[]> {
    if (this.head.labels.length !== 1)
      throw new BertletError("unsupported", `${this.head.name} has ${this.head.labels.length} labels; one is needed`);
    const { topK = documents.length, ...others } = options;
    const pairs = documents.map((text): TextInput => [query, text]);
    const scores = (await this.classify(pairs, others)).map(([label]) => label!.score);
    return topIndices(scores, topK).map((index) => ({ index, score: scores[index]!, text: documents[index]! }));
  }
}
