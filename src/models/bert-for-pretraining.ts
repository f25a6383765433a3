// BertForPreTraining: the two heads that BERT was trained with, side by side: masked tokens, and whether the second text follows.

import { BertletError } from "../errors.ts";
import { type ModelInputs, toFeeds } from "../heads/inputs.ts";
import { type Labels, lossTensor, tokenLoss } from "../heads/losses.ts";
import type { Pair } from "../heads/next-sentence.ts";
import { type PreTrainingAnswer, type PreTrainingOptions, pretrainer } from "../heads/pretraining.ts";
import { runHead } from "../heads/run.ts";
import type { Tensor } from "../tensor.ts";
import { BertHeadModel, type ForwardOptions, headOutputs, type ModelOutput, runForward } from "./model.ts";

/** Inputs, and the labels of both objectives; a loss needs both. */
export interface PreTrainingInputs extends ModelInputs {
  /** [batch, length] The tokens behind the masks. */
  readonly labels?: Labels | undefined;
  /** [batch] 0 where the second text follows, 1 where it does not. */
  readonly next_sentence_label?: Labels | undefined;
}

export interface BertForPreTrainingOutput extends ModelOutput {
  /** [batch, length, V]; zero at masked positions. */
  readonly prediction_logits: Tensor;
  /** [batch, 2]: follows, does not follow. */
  readonly seq_relationship_logits: Tensor;
}

/**
 * BERT as it was trained.
 *
 * @example
 * const model = await BertForPreTraining.fromPretrained("models/minilm-l6-heads/model.safetensors");
 * const [answer] = await model.predict([["She opened the [MASK].", "Nobody was there."]]);
 * answer.next_sentence[0]; // { label: "IsNext", score: 0.7… }
 */
export class BertForPreTraining extends BertHeadModel {
  static override readonly architecture: string = "BertForPreTraining";

  /** @throws BertletError `invalid_input` for inputs or options that are unknown or do not fit */
  async forward(
    { labels, next_sentence_label, ...inputs }: PreTrainingInputs,
    options: ForwardOptions = {},
  ): Promise<BertForPreTrainingOutput> {
    if ((labels === undefined) !== (next_sentence_label === undefined))
      throw new BertletError("invalid_input", "a loss needs both labels and next_sentence_label");
    const feeds = toFeeds(inputs);
    const { outputs, extras } = await runForward(this.pretrained, feeds, headOutputs(this.head), options);
    const prediction_logits = outputs[`${this.head.name}.prediction_logits`]!;
    const seq_relationship_logits = outputs[`${this.head.name}.seq_relationship_logits`]!;
    const loss = labels !== undefined && {
      loss: lossTensor(
        tokenLoss(prediction_logits, labels, feeds.attention_mask) +
          tokenLoss(seq_relationship_logits, next_sentence_label!),
      ),
    };
    return { ...loss, prediction_logits, seq_relationship_logits, ...extras };
  }

  /**
   * Both answers for each pair, from one run.
   * @throws BertletError `invalid_input` for a pair without a mask
   */
  predict(pairs: readonly Pair[], options: PreTrainingOptions = {}): Promise<PreTrainingAnswer[]> {
    return runHead(this.pretrained, pretrainer(this.head), pairs, options);
  }
}
