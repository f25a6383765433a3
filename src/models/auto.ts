// The auto classes. AutoModel gives what a checkpoint is, by `architectures` in its config.json (or by a packed model's heads); a
// task's auto class is the one class there is for the task, which reads any BERT checkpoint.
import { BertConfig } from "../architectures/config.ts";
import { BertModel } from "../heads/bert-model.ts";
import { BertLMHeadModel } from "../heads/causal-lm.ts";
import { BertForMaskedLM } from "../heads/masked-lm.ts";
import type { BertPreTrainedModel, HeadOptions } from "../heads/model.ts";
import { BertForMultipleChoice } from "../heads/multiple-choice.ts";
import { BertForNextSentencePrediction } from "../heads/next-sentence.ts";
import type { PretrainedSource } from "../heads/pretrained.ts";
import { BertForPreTraining } from "../heads/pretraining.ts";
import { BertForQuestionAnswering } from "../heads/question-answering.ts";
import { BertForSequenceClassification } from "../heads/sequence-classification.ts";
import { BertForTokenClassification } from "../heads/token-classification.ts";
import type { HubOptions } from "../source/hub.ts";
import { type ModelSourceLike, openSource } from "../source/source.ts";
import { BertTokenizer, BertTokenizerFast, type TokenizerOptions } from "../tokenizer/tokenizer.ts";
import { classTable, fromArchitecture } from "./dispatch.ts";

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
