// The auto classes: dispatchers from a model's configuration to a class.
import { BertConfig } from "../architectures/bert-config.ts";
import type { HubOptions } from "../source/hub.ts";
import { type ModelSourceLike, openSource } from "../source/source.ts";
import {
  type BpeOptions,
  type RowEncoding,
  readAnySlowTokenizer,
  readAnyTokenizer,
  type SlowAlbertOptions,
  type Tokenizer,
  type TokenizerOptions,
  type UnigramOptions,
} from "../tokenizer/tokenizer.ts";
import * as albert from "./albert.ts";
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
import * as distilbert from "./distilbert.ts";
import * as electra from "./electra.ts";
import type { BertPreTrainedModel, ModelClass } from "./model.ts";
import * as mpnet from "./mpnet.ts";
import * as roberta from "./roberta.ts";

const RELATIVES = [distilbert, roberta, albert, electra, mpnet].flatMap((family): ModelClass<BertPreTrainedModel>[] =>
  Object.values(family),
);

/**
 * Any model, as the class that its configuration names (or a packed model's head).
 * @example
 * const model = await AutoModel.fromPretrained("test/goldens/torch/masked-lm");
 * model instanceof BertForMaskedLM; // true
 */
export const AutoModel = autoClass<BertPreTrainedModel>([
  BertModel,
  BertForPreTraining,
  BertForMaskedLM,
  BertLMHeadModel,
  BertForNextSentencePrediction,
  BertForSequenceClassification,
  BertForMultipleChoice,
  BertForTokenClassification,
  BertForQuestionAnswering,
  ...RELATIVES,
]);

/** Any model, read for one task: as the class for it in the family that the configuration names. */
export const AutoModelForPreTraining = autoClass<BertPreTrainedModel>(
  [BertForPreTraining, albert.AlbertForPreTraining],
  "pretraining",
);
export const AutoModelForMaskedLM = autoClass(withRelatives(BertForMaskedLM), "masked-lm");
export const AutoModelForCausalLM = autoClass(withRelatives(BertLMHeadModel), "causal-lm");
export const AutoModelForNextSentencePrediction = autoClass([BertForNextSentencePrediction], "next-sentence");
export const AutoModelForSequenceClassification = autoClass(
  withRelatives(BertForSequenceClassification),
  "sequence-classification",
);
export const AutoModelForMultipleChoice = autoClass(withRelatives(BertForMultipleChoice), "multiple-choice");
export const AutoModelForTokenClassification = autoClass(
  withRelatives(BertForTokenClassification),
  "token-classification",
);
export const AutoModelForQuestionAnswering = autoClass(withRelatives(BertForQuestionAnswering), "question-answering");

/** A class of Bert and those that other families derive from it. */
function withRelatives<Model extends BertPreTrainedModel>(base: ModelClass<Model>): readonly ModelClass<Model>[] {
  return [base, ...RELATIVES.filter((one) => Object.getPrototypeOf(one) === base)] as ModelClass<Model>[];
}

/** A model's config.json. */
export const AutoConfig = {
  /**
   * @throws BertletError `not_found`, and `invalid_config` for what is of another family
   * @example
   * (await AutoConfig.fromPretrained("test/goldens/torch/masked-lm")).hidden_size; // 32
   */
  async fromPretrained(source: ModelSourceLike, options: HubOptions = {}): Promise<BertConfig> {
    return BertConfig.fromPretrained(await openSource(source, options));
  },
};

export interface AutoTokenizerOptions extends HubOptions {
  /** Whether the tokenizer is the fast one of its type (the default) or the slow one: they differ on unusual characters, and in ALBERT on more. */
  readonly useFast?: boolean;
  /** Settings in place of those of the model's files. */
  readonly tokenizer?: TokenizerOptions | BpeOptions | UnigramOptions | SlowAlbertOptions;
}

/** A model's tokenizer, of whichever type its files are. */
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
  ): Promise<Tokenizer | Tokenizer<RowEncoding>> {
    const files = await openSource(source, options);
    return useFast ? readAnyTokenizer(files, tokenizer) : readAnySlowTokenizer(files, tokenizer);
  },
};
