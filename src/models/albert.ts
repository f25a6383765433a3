// The Albert classes: those of Bert, whose encoder and heads follow from src/architectures/albert.ts; and its own pre-training.

import { BertletError } from "../errors.ts";
import { type ModelInputs, toFeeds } from "../heads/inputs.ts";
import { type Labels, lossTensor, tokenLoss } from "../heads/losses.ts";
import type { Tensor } from "../tensor.ts";
import { BertForMaskedLM } from "./bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "./bert-for-multiple-choice.ts";
import { BertForQuestionAnswering } from "./bert-for-question-answering.ts";
import { BertForSequenceClassification } from "./bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "./bert-for-token-classification.ts";
import { BertModel } from "./bert-model.ts";
import { BertHeadModel, type ForwardOptions, headOutputs, type ModelOutput, runForward } from "./model.ts";

/** ALBERT: the encoder. */
export class AlbertModel extends BertModel {
  static override readonly architecture = "AlbertModel";
  static override readonly modelType = "albert";
}

/** ALBERT: masked tokens. */
export class AlbertForMaskedLM extends BertForMaskedLM {
  static override readonly architecture = "AlbertForMaskedLM";
  static override readonly modelType = "albert";
}

/** ALBERT: a score per label for a text. */
export class AlbertForSequenceClassification extends BertForSequenceClassification {
  static override readonly architecture = "AlbertForSequenceClassification";
  static override readonly modelType = "albert";
}

/** ALBERT: a score per choice. */
export class AlbertForMultipleChoice extends BertForMultipleChoice {
  static override readonly architecture = "AlbertForMultipleChoice";
  static override readonly modelType = "albert";
}

/** ALBERT: a score per label for each token. */
export class AlbertForTokenClassification extends BertForTokenClassification {
  static override readonly architecture = "AlbertForTokenClassification";
  static override readonly modelType = "albert";
}

/** ALBERT: where an answer starts and ends. */
export class AlbertForQuestionAnswering extends BertForQuestionAnswering {
  static override readonly architecture = "AlbertForQuestionAnswering";
  static override readonly modelType = "albert";
}

/** Inputs, and the labels of both objectives; a loss needs both. */
export interface AlbertPreTrainingInputs extends ModelInputs {
  /** [batch, length] The tokens behind the masks. */
  readonly labels?: Labels | undefined;
  /** [batch] 0 where the texts are in order, 1 where they were swapped. */
  readonly sentence_order_label?: Labels | undefined;
}

export interface AlbertForPreTrainingOutput extends ModelOutput {
  /** [batch, length, V]; zero at masked positions. */
  readonly prediction_logits: Tensor;
  /** [batch, 2]: in order, swapped. */
  readonly sop_logits: Tensor;
}

/** ALBERT as it was trained: masked tokens, and the order of two texts. */
export class AlbertForPreTraining extends BertHeadModel {
  static override readonly architecture: string = "AlbertForPreTraining";
  static override readonly modelType = "albert";

  /** @throws BertletError `invalid_input` for inputs or options that are unknown or do not fit */
  async forward(
    { labels, sentence_order_label, ...inputs }: AlbertPreTrainingInputs,
    options: ForwardOptions = {},
  ): Promise<AlbertForPreTrainingOutput> {
    if ((labels === undefined) !== (sentence_order_label === undefined))
      throw new BertletError("invalid_input", "a loss needs both labels and sentence_order_label");
    const feeds = toFeeds(inputs);
    const { outputs, extras } = await runForward(this.pretrained, feeds, headOutputs(this.head), options);
    const prediction_logits = outputs[`${this.head.name}.prediction_logits`]!;
    const sop_logits = outputs[`${this.head.name}.sop_logits`]!;
    const loss = labels !== undefined && {
      loss: lossTensor(
        tokenLoss(prediction_logits, labels, feeds.attention_mask) + tokenLoss(sop_logits, sentence_order_label!),
      ),
    };
    return { ...loss, prediction_logits, sop_logits, ...extras };
  }
}
