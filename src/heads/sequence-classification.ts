// BertForSequenceClassification: one score a label for a text, from its pooled [CLS]; and the labels that follow from the scores.
import type { Tensor } from "onnxruntime-common";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { HeadSpec } from "../weights/head-spec.ts";
import { type ModelInputs, type TextOptions, textFeeds } from "./inputs.ts";
import { BertHeadModel, type ForwardOptions, fromPretrained, type HeadOptions, type ModelOutput } from "./model.ts";
import type { Pretrained, PretrainedSource } from "./pretrained.ts";

/** How logits become scores. */
export type ScoreFunction = "softmax" | "sigmoid" | "none";

export interface Label {
  readonly label: string;
  readonly score: number;
}

export interface LabelOptions {
  /** How many labels, best first; null for all. 1 when left out. */
  readonly topK?: number | null | undefined;
  /** What the head was trained for when left out: sigmoid for several labels at once or a single one, none for regression, else softmax. */
  readonly functionToApply?: ScoreFunction | undefined;
}

export interface ClassifyOptions extends LabelOptions, TextOptions {}

export interface SequenceClassifierOutput extends ModelOutput {
  /** [batch, labels]. */
  readonly logits: Tensor;
}

/**
 * A text classifier: single label, several labels, or a regression.
 *
 * @example
 * const file = await readFile("models/minilm-l6-heads.safetensors");
 * const model = await BertForSequenceClassification.fromPretrained(file, { head: "sentiment" });
 * await model.classify(["a delight from start to finish"]); // [[{ label: "POSITIVE", score: 0.99… }]]
 */
export class BertForSequenceClassification extends BertHeadModel {
  constructor(pretrained: Pretrained, head?: string) {
    super(pretrained, "BertForSequenceClassification", head);
  }

  static fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertForSequenceClassification> {
    return fromPretrained(BertForSequenceClassification, source, options);
  }

  async forward(inputs: ModelInputs, options: ForwardOptions = {}): Promise<SequenceClassifierOutput> {
    const name = `${this.head.name}.logits`;
    const { outputs, extras } = await this.fetch(inputs, [name], options);
    return { logits: outputs[name]!, ...extras };
  }

  /** The labels of each text, best first. */
  async classify(texts: readonly TextInput[], options: ClassifyOptions = {}): Promise<Label[][]> {
    const name = `${this.head.name}.logits`;
    const feeds = textFeeds(this.tokenizer, texts, this.config.max_position_embeddings, options);
    const { [name]: logits } = await this.pretrained.session.run(feeds, [name]);
    const values = logits!.data as Float32Array;
    const width = logits!.dims[1]!;
    return texts.map((_, row) => toLabels(values.subarray(row * width, (row + 1) * width), this.head, options));
  }
}

/** Scores of one text's logits [labels], best first; labels of equal score keep their order. */
export function toLabels(
  logits: Float32Array,
  head: Pick<HeadSpec, "labels" | "problem_type">,
  { topK = 1, functionToApply = defaultFunction(head) }: LabelOptions,
): Label[] {
  const scores = SCORE_FUNCTIONS[functionToApply](logits);
  const labels = Array.from(scores, (score, index) => ({ label: head.labels[index]!, score }));
  labels.sort((a, b) => b.score - a.score);
  return topK === null ? labels : labels.slice(0, topK);
}

function defaultFunction({ labels, problem_type }: Pick<HeadSpec, "labels" | "problem_type">): ScoreFunction {
  if (problem_type === "regression") return "none";
  return problem_type === "multi_label_classification" || labels.length === 1 ? "sigmoid" : "softmax";
}

const SCORE_FUNCTIONS: Record<ScoreFunction, (logits: Float32Array) => Float32Array> = {
  none: (logits) => logits,
  sigmoid: (logits) => logits.map((x) => 1 / (1 + Math.exp(-x))),
  softmax: (logits) => {
    const max = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const exps = logits.map((x) => Math.exp(x - max));
    const sum = exps.reduce((a, b) => a + b, 0);
    return exps.map((x) => x / sum);
  },
};
