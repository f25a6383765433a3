// The FlaxBert family: the classes of src/heads/, read from Flax's own file where there is one. There is no second implementation, and
// the outputs' names are the same. A Worker that imports this carries the reader of msgpack.
//
// const model = await FlaxBertForMaskedLM.fromPretrained("google-bert/bert-base-uncased"); // flax_model.msgpack

import { FLAX } from "../checkpoint/frameworks.ts";
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

/** The encoder: BertModel from flax_model.msgpack. */
export class FlaxBertModel extends BertModel {
  static override fromPretrained(source: PretrainedSource, options?: PretrainedOptions): Promise<FlaxBertModel> {
    return fromPretrained(FlaxBertModel, source, preferring(FLAX, options));
  }
}

/** Masked words and next sentence: BertForPreTraining from flax_model.msgpack. */
export class FlaxBertForPreTraining extends BertForPreTraining {
  static override fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<FlaxBertForPreTraining> {
    return fromPretrained(FlaxBertForPreTraining, source, preferring(FLAX, options));
  }
}

/** Masked words: BertForMaskedLM from flax_model.msgpack. */
export class FlaxBertForMaskedLM extends BertForMaskedLM {
  static override fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<FlaxBertForMaskedLM> {
    return fromPretrained(FlaxBertForMaskedLM, source, preferring(FLAX, options));
  }
}

/** The next word: BertLMHeadModel from flax_model.msgpack. */
export class FlaxBertForCausalLM extends BertLMHeadModel {
  static override fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<FlaxBertForCausalLM> {
    return fromPretrained(FlaxBertForCausalLM, source, preferring(FLAX, options));
  }
}

/** Whether one text follows another: BertForNextSentencePrediction from flax_model.msgpack. */
export class FlaxBertForNextSentencePrediction extends BertForNextSentencePrediction {
  static override fromPretrained(
    source: PretrainedSource,
    options?: HeadOptions,
  ): Promise<FlaxBertForNextSentencePrediction> {
    return fromPretrained(FlaxBertForNextSentencePrediction, source, preferring(FLAX, options));
  }
}

/** A score a label for a text: BertForSequenceClassification from flax_model.msgpack. */
export class FlaxBertForSequenceClassification extends BertForSequenceClassification {
  static override fromPretrained(
    source: PretrainedSource,
    options?: HeadOptions,
  ): Promise<FlaxBertForSequenceClassification> {
    return fromPretrained(FlaxBertForSequenceClassification, source, preferring(FLAX, options));
  }
}

/** A score a choice: BertForMultipleChoice from flax_model.msgpack. */
export class FlaxBertForMultipleChoice extends BertForMultipleChoice {
  static override fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<FlaxBertForMultipleChoice> {
    return fromPretrained(FlaxBertForMultipleChoice, source, preferring(FLAX, options));
  }
}

/** A score a label for each token: BertForTokenClassification from flax_model.msgpack. */
export class FlaxBertForTokenClassification extends BertForTokenClassification {
  static override fromPretrained(
    source: PretrainedSource,
    options?: HeadOptions,
  ): Promise<FlaxBertForTokenClassification> {
    return fromPretrained(FlaxBertForTokenClassification, source, preferring(FLAX, options));
  }
}

/** Where an answer starts and ends: BertForQuestionAnswering from flax_model.msgpack. */
export class FlaxBertForQuestionAnswering extends BertForQuestionAnswering {
  static override fromPretrained(
    source: PretrainedSource,
    options?: HeadOptions,
  ): Promise<FlaxBertForQuestionAnswering> {
    return fromPretrained(FlaxBertForQuestionAnswering, source, preferring(FLAX, options));
  }
}

const CLASSES = classTable([
  FlaxBertModel,
  FlaxBertForPreTraining,
  FlaxBertForMaskedLM,
  FlaxBertForCausalLM,
  FlaxBertForNextSentencePrediction,
  FlaxBertForSequenceClassification,
  FlaxBertForMultipleChoice,
  FlaxBertForTokenClassification,
  FlaxBertForQuestionAnswering,
]);

/** Any model, as the class of this family that its config.json names. */
export const FlaxPreTrainedModel = {
  /** @throws BertletError as the classes do, and `unsupported` for an architecture that is not here */
  fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertPreTrainedModel> {
    return fromArchitecture(CLASSES, source, preferring(FLAX, options));
  },
};
