// The TFBert family: the Bert classes, which read TensorFlow's own file first. There is no second implementation, and outputs have the same
// names. Workers cannot read tf_model.h5 (src/checkpoint/hdf5.workerd.ts).
//
// const model = await TFBertForMaskedLM.fromPretrained("google-bert/bert-base-uncased"); // tf_model.h5
import { TENSORFLOW } from "../checkpoint/frameworks.ts";
import { BertForMaskedLM } from "./bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "./bert-for-multiple-choice.ts";
import { BertForNextSentencePrediction } from "./bert-for-next-sentence-prediction.ts";
import { BertForPreTraining } from "./bert-for-pretraining.ts";
import { BertForQuestionAnswering } from "./bert-for-question-answering.ts";
import { BertForSequenceClassification } from "./bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "./bert-for-token-classification.ts";
import { BertLMHeadModel } from "./bert-lm-head-model.ts";
import { BertModel } from "./bert-model.ts";
import { autoClass } from "./dispatch.ts";
import type { BertPreTrainedModel } from "./model.ts";

/** BertModel from tf_model.h5: the encoder. */
export class TFBertModel extends BertModel {
  static override readonly format = TENSORFLOW;
}

/** BertForPreTraining from tf_model.h5: masked tokens and next sentence. */
export class TFBertForPreTraining extends BertForPreTraining {
  static override readonly format = TENSORFLOW;
}

/** BertForMaskedLM from tf_model.h5: masked tokens. */
export class TFBertForMaskedLM extends BertForMaskedLM {
  static override readonly format = TENSORFLOW;
}

/** BertLMHeadModel from tf_model.h5: the next token. */
export class TFBertLMHeadModel extends BertLMHeadModel {
  static override readonly format = TENSORFLOW;
}

/** BertForNextSentencePrediction from tf_model.h5: whether one text follows another. */
export class TFBertForNextSentencePrediction extends BertForNextSentencePrediction {
  static override readonly format = TENSORFLOW;
}

/** BertForSequenceClassification from tf_model.h5: a score per label for a text. */
export class TFBertForSequenceClassification extends BertForSequenceClassification {
  static override readonly format = TENSORFLOW;
}

/** BertForMultipleChoice from tf_model.h5: a score per choice. */
export class TFBertForMultipleChoice extends BertForMultipleChoice {
  static override readonly format = TENSORFLOW;
}

/** BertForTokenClassification from tf_model.h5: a score per label for each token. */
export class TFBertForTokenClassification extends BertForTokenClassification {
  static override readonly format = TENSORFLOW;
}

/** BertForQuestionAnswering from tf_model.h5: where an answer starts and ends. */
export class TFBertForQuestionAnswering extends BertForQuestionAnswering {
  static override readonly format = TENSORFLOW;
}

/** Any model, as the class of this family that its configuration names. */
export const TFPreTrainedModel = autoClass<BertPreTrainedModel>([
  TFBertModel,
  TFBertForPreTraining,
  TFBertForMaskedLM,
  TFBertLMHeadModel,
  TFBertForNextSentencePrediction,
  TFBertForSequenceClassification,
  TFBertForMultipleChoice,
  TFBertForTokenClassification,
  TFBertForQuestionAnswering,
]);
