// The DistilBert classes: those of Bert, whose encoder and heads follow from src/architectures/distilbert.ts.
import { BertForMaskedLM } from "./bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "./bert-for-multiple-choice.ts";
import { BertForQuestionAnswering } from "./bert-for-question-answering.ts";
import { BertForSequenceClassification } from "./bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "./bert-for-token-classification.ts";
import { BertModel } from "./bert-model.ts";

/** DistilBERT: the encoder. */
export class DistilBertModel extends BertModel {
  static override readonly architecture = "DistilBertModel";
  static override readonly modelType = "distilbert";
}

/** DistilBERT: masked tokens. */
export class DistilBertForMaskedLM extends BertForMaskedLM {
  static override readonly architecture = "DistilBertForMaskedLM";
  static override readonly modelType = "distilbert";
}

/** DistilBERT: a score per label for a text. */
export class DistilBertForSequenceClassification extends BertForSequenceClassification {
  static override readonly architecture = "DistilBertForSequenceClassification";
  static override readonly modelType = "distilbert";
}

/** DistilBERT: a score per choice. */
export class DistilBertForMultipleChoice extends BertForMultipleChoice {
  static override readonly architecture = "DistilBertForMultipleChoice";
  static override readonly modelType = "distilbert";
}

/** DistilBERT: a score per label for each token. */
export class DistilBertForTokenClassification extends BertForTokenClassification {
  static override readonly architecture = "DistilBertForTokenClassification";
  static override readonly modelType = "distilbert";
}

/** DistilBERT: where an answer starts and ends. */
export class DistilBertForQuestionAnswering extends BertForQuestionAnswering {
  static override readonly architecture = "DistilBertForQuestionAnswering";
  static override readonly modelType = "distilbert";
}
