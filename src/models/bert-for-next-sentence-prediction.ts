// BertForNextSentencePrediction: whether the second text follows the first, from the pooled [CLS] of both.

import { type Label, type LabelOptions, toLabels } from "../heads/labels.ts";
import { rowOf } from "../heads/outputs.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { LoadedModel, PretrainedSource } from "./loaded-model.ts";
import { BertLogitsModel, fromPretrained, type HeadOptions, type LogitsOutput } from "./model.ts";

/** The two labels, in the order of the logits, by the names of Devlin et al. 2018. */
export const NEXT_SENTENCE = { labels: ["IsNext", "NotNext"], problem_type: null };

export interface NextSentenceOptions extends LabelOptions, TextOptions {}

/** `logits` [batch, 2]: follows, does not. */
export type NextSentencePredictorOutput = LogitsOutput;

/**
 * A judge of pairs of sentences.
 *
 * @example
 * const model = await BertForNextSentencePrediction.fromPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
 * await model.predict([["She opened the door.", "Nobody was there."]]); // [[{ label: "IsNext", score: 0.7… }]]
 */
export class BertForNextSentencePrediction extends BertLogitsModel {
  static readonly architecture: string = "BertForNextSentencePrediction";

  constructor(pretrained: LoadedModel, head?: string) {
    super(pretrained, BertForNextSentencePrediction.architecture, head);
  }

  static fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertForNextSentencePrediction> {
    return fromPretrained(BertForNextSentencePrediction, source, options);
  }

  /** `IsNext` or `NotNext` for each pair, with its probability; both of them where `topK` is 2 or null. */
  async predict(pairs: readonly Exclude<TextInput, string>[], options: NextSentenceOptions = {}): Promise<Label[][]> {
    if (pairs.length === 0) return [];
    const logits = await this.run(this.tokenization.encode(pairs, options).feeds);
    return pairs.map((_, row) => toLabels(rowOf(logits, row), NEXT_SENTENCE, options));
  }
}
