// BertForNextSentencePrediction: whether the second text of a pair follows the first.
import type { Label } from "../heads/labels.ts";
import { type NextSentenceOptions, nextSentencePredictor, type Pair } from "../heads/next-sentence.ts";
import { runHead } from "../heads/run.ts";
import { BertLogitsModel, type LogitsOutput } from "./model.ts";

/** `logits` [batch, 2]: follows, does not follow. */
export type NextSentencePredictorOutput = LogitsOutput;

/**
 * A judge of pairs of sentences.
 *
 * @example
 * const model = await BertForNextSentencePrediction.fromPretrained("models/minilm-l6-heads/model.safetensors");
 * await model.predict([["She opened the door.", "Nobody was there."]]); // [[{ label: "IsNext", score: 0.7… }]]
 */
export class BertForNextSentencePrediction extends BertLogitsModel {
  static override readonly architecture: string = "BertForNextSentencePrediction";

  /** `IsNext` or `NotNext` for each pair, with its probability; both if `topK` is 2 or null. */
  predict(pairs: readonly Pair[], options: NextSentenceOptions = {}): Promise<Label[][]> {
    return runHead(this.pretrained, nextSentencePredictor(this.head), pairs, options);
  }
}
