// The MPNet classes: those of Bert, whose encoder and heads follow from src/architectures/mpnet.ts.

import { BertForMaskedLM } from "./bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "./bert-for-multiple-choice.ts";
import { BertForQuestionAnswering } from "./bert-for-question-answering.ts";
import { BertForSequenceClassification } from "./bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "./bert-for-token-classification.ts";
import { BertModel } from "./bert-model.ts";

/** MPNet: the encoder. */
export class MPNetModel extends BertModel {
  static override readonly architecture = "MPNetModel";
  static override readonly modelType = "mpnet";
}

/** MPNet: masked tokens. */
export class MPNetForMaskedLM extends BertForMaskedLM {
  static override readonly architecture = "MPNetForMaskedLM";
  static override readonly modelType = "mpnet";
}

/** MPNet: a score per label for a text. */
export class MPNetForSequenceClassification extends BertForSequenceClassification {
  static override readonly architecture = "MPNetForSequenceClassification";
  static override readonly modelType = "mpnet";
}

/** MPNet: a score per choice. */
export class MPNetForMultipleChoice extends BertForMultipleChoice {
  static override readonly architecture = "MPNetForMultipleChoice";
  static override readonly modelType = "mpnet";
}

/** MPNet: a score per label for each token. */
export class MPNetForTokenClassification extends BertForTokenClassification {
  static override readonly architecture = "MPNetForTokenClassification";
  static override readonly modelType = "mpnet";
}

/** MPNet: where an answer starts and ends. */
export class MPNetForQuestionAnswering extends BertForQuestionAnswering {
  static override readonly architecture = "MPNetForQuestionAnswering";
  static override readonly modelType = "mpnet";
}
