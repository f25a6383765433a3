// BertForPreTraining: the two heads that BERT was trained with, side by side: masked tokens, and whether the second text follows.
import type { Tensor } from "onnxruntime-common";
import { type Fill, type FillOptions, fillMasks, maskedRows, targetIds } from "../heads/fills.ts";
import type { ModelInputs } from "../heads/inputs.ts";
import { type Label, toLabels } from "../heads/labels.ts";
import { rowOf } from "../heads/outputs.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { NEXT_SENTENCE } from "./bert-for-next-sentence-prediction.ts";
import type { LoadedModel, PretrainedSource } from "./loaded-model.ts";
import { BertHeadModel, type ForwardOptions, fromPretrained, type HeadOptions, type ModelOutput } from "./model.ts";

export interface PreTrainingOptions extends FillOptions, TextOptions {}

export interface BertForPreTrainingOutput extends ModelOutput {
  /** [batch, length, V]; zero where the mask is. */
  readonly prediction_logits: Tensor;
  /** [batch, 2]: follows, does not. */
  readonly seq_relationship_logits: Tensor;
}

/** What the two heads say of one pair. */
export interface PreTrainingAnswer {
  /** A list a mask, each with the likeliest tokens, best first. */
  readonly fills: readonly (readonly Fill[])[];
  /** IsNext and NotNext, the likelier first. */
  readonly next_sentence: readonly Label[];
}

/**
 * BERT as it was trained.
 *
 * @example
 * const model = await BertForPreTraining.fromPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
 * const [answer] = await model.predict([["She opened the [MASK].", "Nobody was there."]]);
 * answer.next_sentence[0]; // { label: "IsNext", score: 0.7… }
 */
export class BertForPreTraining extends BertHeadModel {
  static readonly architecture: string = "BertForPreTraining";

  constructor(pretrained: LoadedModel, head?: string) {
    super(pretrained, BertForPreTraining.architecture, head);
  }

  static fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertForPreTraining> {
    return fromPretrained(BertForPreTraining, source, options);
  }

  async forward(inputs: ModelInputs, options: ForwardOptions = {}): Promise<BertForPreTrainingOutput> {
    const { outputs, extras } = await this.fetchHead(inputs, options);
    return {
      prediction_logits: outputs.prediction_logits!,
      seq_relationship_logits: outputs.seq_relationship_logits!,
      ...extras,
    };
  }

  /**
   * Both answers for each pair, from one run.
   * @throws BertletError `invalid_input` for a pair without a mask
   */
  async predict(
    pairs: readonly Exclude<TextInput, string>[],
    options: PreTrainingOptions = {},
  ): Promise<PreTrainingAnswer[]> {
    if (pairs.length === 0) return [];
    const targets = targetIds(this.tokenizer, options.targets);
    const rows = maskedRows(this.tokenization, pairs, options);
    const [words, next] = [this.outputName("prediction_logits"), this.outputName("seq_relationship_logits")];
    const { [words]: predictions, [next]: relationships } = await this.pretrained.session.run(rows.feeds, [
      words,
      next,
    ]);
    return fillMasks(this.tokenizer, rows, predictions!, targets, options).map((fills, row) => ({
      fills,
      next_sentence: toLabels(rowOf(relationships, row), NEXT_SENTENCE, { topK: null }),
    }));
  }
}
