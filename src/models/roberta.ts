// The Roberta, XLMRoberta and Camembert classes: those of Bert, whose encoder and heads follow from src/architectures/roberta.ts.
import { BertForMaskedLM } from "./bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "./bert-for-multiple-choice.ts";
import { BertForQuestionAnswering } from "./bert-for-question-answering.ts";
import { BertForSequenceClassification } from "./bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "./bert-for-token-classification.ts";
import { BertLMHeadModel } from "./bert-lm-head-model.ts";
import { BertModel } from "./bert-model.ts";

/** RoBERTa: the encoder. */
export class RobertaModel extends BertModel {
  static override readonly architecture = "RobertaModel";
  static override readonly modelType = "roberta";
}

/** RoBERTa: masked tokens. */
export class RobertaForMaskedLM extends BertForMaskedLM {
  static override readonly architecture = "RobertaForMaskedLM";
  static override readonly modelType = "roberta";
}

/** RoBERTa: the next token. */
export class RobertaForCausalLM extends BertLMHeadModel {
  static override readonly architecture = "RobertaForCausalLM";
  static override readonly modelType = "roberta";
}

/** RoBERTa: a score per label for a text. */
export class RobertaForSequenceClassification extends BertForSequenceClassification {
  static override readonly architecture = "RobertaForSequenceClassification";
  static override readonly modelType = "roberta";
}

/** RoBERTa: a score per choice. */
export class RobertaForMultipleChoice extends BertForMultipleChoice {
  static override readonly architecture = "RobertaForMultipleChoice";
  static override readonly modelType = "roberta";
}

/** RoBERTa: a score per label for each token. */
export class RobertaForTokenClassification extends BertForTokenClassification {
  static override readonly architecture = "RobertaForTokenClassification";
  static override readonly modelType = "roberta";
}

/** RoBERTa: where an answer starts and ends. */
export class RobertaForQuestionAnswering extends BertForQuestionAnswering {
  static override readonly architecture = "RobertaForQuestionAnswering";
  static override readonly modelType = "roberta";
}

/** XLM-R: the encoder. */
export class XLMRobertaModel extends BertModel {
  static override readonly architecture = "XLMRobertaModel";
  static override readonly modelType = "xlm-roberta";
}

/** XLM-R: masked tokens. */
export class XLMRobertaForMaskedLM extends BertForMaskedLM {
  static override readonly architecture = "XLMRobertaForMaskedLM";
  static override readonly modelType = "xlm-roberta";
}

/** XLM-R: the next token. */
export class XLMRobertaForCausalLM extends BertLMHeadModel {
  static override readonly architecture = "XLMRobertaForCausalLM";
  static override readonly modelType = "xlm-roberta";
}

/** XLM-R: a score per label for a text. */
export class XLMRobertaForSequenceClassification extends BertForSequenceClassification {
  static override readonly architecture = "XLMRobertaForSequenceClassification";
  static override readonly modelType = "xlm-roberta";
}

/** XLM-R: a score per choice. */
export class XLMRobertaForMultipleChoice extends BertForMultipleChoice {
  static override readonly architecture = "XLMRobertaForMultipleChoice";
  static override readonly modelType = "xlm-roberta";
}

/** XLM-R: a score per label for each token. */
export class XLMRobertaForTokenClassification extends BertForTokenClassification {
  static override readonly architecture = "XLMRobertaForTokenClassification";
  static override readonly modelType = "xlm-roberta";
}

/** XLM-R: where an answer starts and ends. */
export class XLMRobertaForQuestionAnswering extends BertForQuestionAnswering {
  static override readonly architecture = "XLMRobertaForQuestionAnswering";
  static override readonly modelType = "xlm-roberta";
}

/** CamemBERT: the encoder. */
export class CamembertModel extends BertModel {
  static override readonly architecture = "CamembertModel";
  static override readonly modelType = "camembert";
}

/** CamemBERT: masked tokens. */
export class CamembertForMaskedLM extends BertForMaskedLM {
  static override readonly architecture = "CamembertForMaskedLM";
  static override readonly modelType = "camembert";
}

/** CamemBERT: the next token. */
export class CamembertForCausalLM extends BertLMHeadModel {
  static override readonly architecture = "CamembertForCausalLM";
  static override readonly modelType = "camembert";
}

/** CamemBERT: a score per label for a text. */
export class CamembertForSequenceClassification extends BertForSequenceClassification {
  static override readonly architecture = "CamembertForSequenceClassification";
  static override readonly modelType = "camembert";
}

/** CamemBERT: a score per choice. */
export class CamembertForMultipleChoice extends BertForMultipleChoice {
  static override readonly architecture = "CamembertForMultipleChoice";
  static override readonly modelType = "camembert";
}

/** CamemBERT: a score per label for each token. */
export class CamembertForTokenClassification extends BertForTokenClassification {
  static override readonly architecture = "CamembertForTokenClassification";
  static override readonly modelType = "camembert";
}

/** CamemBERT: where an answer starts and ends. */
export class CamembertForQuestionAnswering extends BertForQuestionAnswering {
  static override readonly architecture = "CamembertForQuestionAnswering";
  static override readonly modelType = "camembert";
}
