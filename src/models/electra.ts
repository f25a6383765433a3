// The Electra classes: those of Bert, whose encoder and heads follow from src/architectures/electra.ts; and its discriminator.

import type { Labels } from "../heads/losses.ts";
import { replacedTokenLoss } from "../heads/losses.ts";
import { Tensor } from "../tensor.ts";
import { BertForMaskedLM } from "./bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "./bert-for-multiple-choice.ts";
import { BertForQuestionAnswering } from "./bert-for-question-answering.ts";
import { BertForSequenceClassification } from "./bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "./bert-for-token-classification.ts";
import { BertLMHeadModel } from "./bert-lm-head-model.ts";
import { BertModel } from "./bert-model.ts";
import { BertLogitsModel, type ForwardOptions, type LabelledInputs, type LogitsOutput } from "./model.ts";

/** ELECTRA: the encoder. */
export class ElectraModel extends BertModel {
  static override readonly architecture = "ElectraModel";
  static override readonly modelType = "electra";
}

/** ELECTRA: masked tokens. */
export class ElectraForMaskedLM extends BertForMaskedLM {
  static override readonly architecture = "ElectraForMaskedLM";
  static override readonly modelType = "electra";
}

/** ELECTRA: a score per label for a text. */
export class ElectraForSequenceClassification extends BertForSequenceClassification {
  static override readonly architecture = "ElectraForSequenceClassification";
  static override readonly modelType = "electra";
}

/** ELECTRA: a score per choice. */
export class ElectraForMultipleChoice extends BertForMultipleChoice {
  static override readonly architecture = "ElectraForMultipleChoice";
  static override readonly modelType = "electra";
}

/** ELECTRA: a score per label for each token. */
export class ElectraForTokenClassification extends BertForTokenClassification {
  static override readonly architecture = "ElectraForTokenClassification";
  static override readonly modelType = "electra";
}

/** ELECTRA: where an answer starts and ends. */
export class ElectraForQuestionAnswering extends BertForQuestionAnswering {
  static override readonly architecture = "ElectraForQuestionAnswering";
  static override readonly modelType = "electra";
}

/** ELECTRA: the next token. */
export class ElectraForCausalLM extends BertLMHeadModel {
  static override readonly architecture = "ElectraForCausalLM";
  static override readonly modelType = "electra";
}

/** ELECTRA's discriminator: a logit for each token, above 0 for one that was replaced. */
export class ElectraForPreTraining extends BertLogitsModel {
  static override readonly architecture: string = "ElectraForPreTraining";
  static override readonly modelType = "electra";

  /**
   * @returns `logits` [batch, length]; zero at masked positions
   * @throws BertletError `invalid_input` for inputs, labels or options that are unknown or do not fit
   */
  override async forward(inputs: LabelledInputs, options: ForwardOptions = {}): Promise<LogitsOutput> {
    const output = await super.forward(inputs, options);
    const { type, data, dims } = output.logits;
    return { ...output, logits: new Tensor(type, data, dims.slice(0, -1)) };
  }

  /** @param labels [batch, length] 1 for a token that was replaced */
  protected override loss(logits: Tensor, labels: Labels, mask: Tensor | undefined): number {
    return replacedTokenLoss(logits, labels, mask);
  }
}
