// The FlaxBert family: the Bert classes, which read Flax's own file first. There is no second implementation, and outputs have the same
// names. A Worker that imports this carries the reader of msgpack.
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
import { autoClass } from "./dispatch.ts";
import type { BertPreTrainedModel } from "./model.ts";

/** BertModel from flax_model.msgpack: the encoder. */
export class FlaxBertModel extends BertModel {
  static override readonly format = FLAX;
}

/** BertForPreTraining from flax_model.msgpack: masked tokens and next sentence. */
export class FlaxBertForPreTraining extends BertForPreTraining {
  static override readonly format = FLAX;
}

/** BertForMaskedLM from flax_model.msgpack: masked tokens. */
export class FlaxBertForMaskedLM extends BertForMaskedLM {
  static override readonly format = FLAX;
}

/** BertLMHeadModel from flax_model.msgpack: the next token. */
export class FlaxBertForCausalLM extends BertLMHeadModel {
  static override readonly format = FLAX;
}

/** BertForNextSentencePrediction from flax_model.msgpack: whether one text follows another. */
export class FlaxBertForNextSentencePrediction extends BertForNextSentencePrediction {
  static override readonly format = FLAX;
}

/** BertForSequenceClassification from flax_model.msgpack: a score per label for a text. */
export class FlaxBertForSequenceClassification extends BertForSequenceClassification {
  static override readonly format = FLAX;
}

/** BertForMultipleChoice from flax_model.msgpack: a score per choice. */
export class FlaxBertForMultipleChoice extends BertForMultipleChoice {
  static override readonly format = FLAX;
}

/** BertForTokenClassification from flax_model.msgpack: a score per label for each token. */
export class FlaxBertForTokenClassification extends BertForTokenClassification {
  static override readonly format = FLAX;
}

/** BertForQuestionAnswering from flax_model.msgpack: where an answer starts and ends. */
export class FlaxBertForQuestionAnswering extends BertForQuestionAnswering {
  static override readonly format = FLAX;
}

/** Any model, as the class of this family that its configuration names. */
export const FlaxPreTrainedModel = autoClass<BertPreTrainedModel>([
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
