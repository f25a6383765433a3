// The TFBert family: the classes of src/heads/, read from TensorFlow's own file where there is one. There is no second implementation,
// and the outputs' names are the same. In Workers tf_model.h5 cannot be read (src/checkpoint/hdf5.workerd.ts).
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
import { classTable, fromArchitecture } from "./dispatch.ts";
import { preferring } from "./formats.ts";
import type { PretrainedOptions, PretrainedSource } from "./loaded-model.ts";
import { type BertPreTrainedModel, fromPretrained, type HeadOptions } from "./model.ts";

/** The encoder: BertModel from tf_model.h5. */
export class TFBertModel extends BertModel {
  static override fromPretrained(source: PretrainedSource, options?: PretrainedOptions): Promise<TFBertModel> {
    return fromPretrained(TFBertModel, source, preferring(TENSORFLOW, options));
  }
}

/** Masked words and next sentence: BertForPreTraining from tf_model.h5. */
export class TFBertForPreTraining extends BertForPreTraining {
  static override fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<TFBertForPreTraining> {
    return fromPretrained(TFBertForPreTraining, source, preferring(TENSORFLOW, options));
  }
}

/** Masked words: BertForMaskedLM from tf_model.h5. */
export class TFBertForMaskedLM extends BertForMaskedLM {
  static override fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<TFBertForMaskedLM> {
    return fromPretrained(TFBertForMaskedLM, source, preferring(TENSORFLOW, options));
  }
}

/** The next word: BertLMHeadModel from tf_model.h5. */
export class TFBertLMHeadModel extends BertLMHeadModel {
  static override fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<TFBertLMHeadModel> {
    return fromPretrained(TFBertLMHeadModel, source, preferring(TENSORFLOW, options));
  }
}

/** Whether one text follows another: BertForNextSentencePrediction from tf_model.h5. */
export class TFBertForNextSentencePrediction extends BertForNextSentencePrediction {
  static override fromPretrained(
    source: PretrainedSource,
    options?: HeadOptions,
  ): Promise<TFBertForNextSentencePrediction> {
    return fromPretrained(TFBertForNextSentencePrediction, source, preferring(TENSORFLOW, options));
  }
}

/** A score a label for a text: BertForSequenceClassification from tf_model.h5. */
export class TFBertForSequenceClassification extends BertForSequenceClassification {
  static override fromPretrained(
    source: PretrainedSource,
    options?: HeadOptions,
  ): Promise<TFBertForSequenceClassification> {
    return fromPretrained(TFBertForSequenceClassification, source, preferring(TENSORFLOW, options));
  }
}

/** A score a choice: BertForMultipleChoice from tf_model.h5. */
export class TFBertForMultipleChoice extends BertForMultipleChoice {
  static override fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<TFBertForMultipleChoice> {
    return fromPretrained(TFBertForMultipleChoice, source, preferring(TENSORFLOW, options));
  }
}

/** A score a label for each token: BertForTokenClassification from tf_model.h5. */
export class TFBertForTokenClassification extends BertForTokenClassification {
  static override fromPretrained(
    source: PretrainedSource,
    options?: HeadOptions,
  ): Promise<TFBertForTokenClassification> {
    return fromPretrained(TFBertForTokenClassification, source, preferring(TENSORFLOW, options));
  }
}

/** Where an answer starts and ends: BertForQuestionAnswering from tf_model.h5. */
export class TFBertForQuestionAnswering extends BertForQuestionAnswering {
  static override fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<TFBertForQuestionAnswering> {
    return fromPretrained(TFBertForQuestionAnswering, source, preferring(TENSORFLOW, options));
  }
}

const CLASSES = classTable([
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

/** Any model, as the class of this family that its config.json names. */
export const TFPreTrainedModel = {
  /** @throws BertletError as the classes do, and `unsupported` for an architecture that is not here */
  fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertPreTrainedModel> {
    return fromArchitecture(CLASSES, source, preferring(TENSORFLOW, options));
  },
};
