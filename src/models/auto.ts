// The auto classes. AutoModel gives what a checkpoint is, by `architectures` in its config.json (or by a packed model's heads); a
// task's auto class is the one class there is for the task, which reads any BERT checkpoint.
import { BertConfig } from "../architectures/config.ts";
import type { HubOptions } from "../source/hub.ts";
import { type ModelSourceLike, openSource } from "../source/source.ts";
import { BertTokenizer, BertTokenizerFast, type TokenizerOptions } from "../tokenizer/tokenizer.ts";
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
import type { PretrainedSource } from "./loaded-model.ts";
import type { BertPreTrainedModel, HeadOptions } from "./model.ts";

const CLASSES = classTable([
  BertModel,
  BertForPreTraining,
  BertForMaskedLM,
  BertLMHeadModel,
  BertForNextSentencePrediction,
  BertForSequenceClassification,
  BertForMultipleChoice,
  BertForTokenClassification,
  BertForQuestionAnswering,
]);

/** Any model, as the class that it is of. */
export const AutoModel = {
  /**
   * @throws BertletError as {@link BertModel.fromPretrained}, and `unsupported` for an architecture that is not here
   * @example
   * const model = await AutoModel.fromPretrained("test/goldens/torch/masked-lm");
   * model instanceof BertForMaskedLM; // true
   */
  fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertPreTrainedModel> {
    return fromArchitecture(CLASSES, source, options);
  },
};

export {
  BertForMaskedLM as AutoModelForMaskedLM,
  BertForMultipleChoice as AutoModelForMultipleChoice,
  BertForNextSentencePrediction as AutoModelForNextSentencePrediction,
  BertForPreTraining as AutoModelForPreTraining,
  BertForQuestionAnswering as AutoModelForQuestionAnswering,
  BertForSequenceClassification as AutoModelForSequenceClassification,
  BertForTokenClassification as AutoModelForTokenClassification,
  BertLMHeadModel as AutoModelForCausalLM,
};

/** A model's config.json. */
export const AutoConfig = {
  /**
   * @throws BertletError `not_found`, and `invalid_config` for what is no BERT
   * @example
   * (await AutoConfig.fromPretrained("test/goldens/torch/masked-lm")).hidden_size; // 32
   */
  async fromPretrained(source: ModelSourceLike, options: HubOptions = {}): Promise<BertConfig> {
    return BertConfig.fromPretrained(await openSource(source, options));
  },
};

export interface AutoTokenizerOptions extends HubOptions {
  /** Whether the tokenizer is BertTokenizerFast (the default) or BertTokenizer: they differ on unusual characters alone. */
  readonly useFast?: boolean;
  /** Settings in place of those of the model's files. */
  readonly tokenizer?: TokenizerOptions;
}

/** A model's tokenizer. */
export const AutoTokenizer = {
  /**
   * @throws BertletError `not_found` for a model without a vocabulary
   * @example
   * const tokenizer = await AutoTokenizer.fromPretrained("test/goldens/tokenizer/uncased");
   * tokenizer.encode("hello"); // [101, 7592, 102]
   */
  async fromPretrained(
    source: ModelSourceLike,
    { useFast = true, tokenizer, ...options }: AutoTokenizerOptions = {},
  ): Promise<BertTokenizer | BertTokenizerFast> {
    const files = await openSource(source, options);
    return (useFast ? BertTokenizerFast : BertTokenizer).fromPretrained(files, tokenizer);
  },
};
