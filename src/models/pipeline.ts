// pipeline(task, model): the shortest way to an answer. A table from tasks to methods of the model classes; it computes nothing.

import { BertletError } from "../errors.ts";
import type { Answer } from "../heads/answer-spans.ts";
import { cosineSimilarity, type EmbedOptions } from "../heads/embedding.ts";
import type { Entity } from "../heads/entities.ts";
import type { Fill, FillMaskOptions } from "../heads/fill-mask.ts";
import type { GeneratedText } from "../heads/generation/causal-model.ts";
import type { GenerationOptions } from "../heads/generation/options.ts";
import type { Label } from "../heads/labels.ts";
import type { Choice, ChoiceOptions, Choices } from "../heads/multiple-choice.ts";
import type { NextSentenceOptions } from "../heads/next-sentence.ts";
import type { PreTrainingAnswer, PreTrainingOptions } from "../heads/pretraining.ts";
import type { AnswerOptions, Question } from "../heads/question-answering.ts";
import { findRanker } from "../heads/run.ts";
import type { ClassifyOptions } from "../heads/sequence-classification.ts";
import type { EntityOptions } from "../heads/token-classification.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { WordVector, WordVectorOptions } from "../heads/word-vectors.ts";
import { type ZeroShotAnswer, type ZeroShotOptions, zeroShotClassify } from "../heads/zero-shot.ts";
import { checkValue, either, listOf, type OptionCheck, objectOf, text } from "../options.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { BertForMaskedLM } from "./bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "./bert-for-multiple-choice.ts";
import { BertForNextSentencePrediction } from "./bert-for-next-sentence-prediction.ts";
import { BertForPreTraining } from "./bert-for-pretraining.ts";
import { BertForQuestionAnswering } from "./bert-for-question-answering.ts";
import {
  BertForSequenceClassification,
  type RankedDocument,
  type RerankOptions,
} from "./bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "./bert-for-token-classification.ts";
import { BertLMHeadModel } from "./bert-lm-head-model.ts";
import { BertModel } from "./bert-model.ts";
import { loadPretrained, type PretrainedSource } from "./load-pretrained.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { type HeadOptions, orRelease } from "./model.ts";

/** Two texts that are read together. */
export interface TextPair {
  readonly text: string;
  readonly text_pair: string;
}

/** A query, and the texts to order by how well they answer it. */
export interface RankingInput {
  readonly query: string;
  readonly texts: readonly string[];
}

/** A sentence, and the sentences it is compared with. */
export interface SimilarityInput {
  readonly source_sentence: string;
  readonly sentences: readonly string[];
}

/** Answers an input, or a list of them with a list of answers. */
export interface Pipeline<Input, Output, Options> {
  (input: Input, options?: Options): Promise<Output>;
  (inputs: readonly Input[], options?: Options): Promise<Output[]>;
  /** Frees the model. */
  release(): Promise<void>;
}

export interface CandidateOptions extends ZeroShotOptions {
  /** The labels to choose from. */
  readonly candidateLabels?: readonly string[] | undefined;
}

/** Every task with its inputs, outputs and options, which are those of the class's method. */
export interface Pipelines {
  "text-classification": Pipeline<string | TextPair, Label[], ClassifyOptions>;
  "token-classification": Pipeline<string, Entity[], EntityOptions>;
  /** The answers, best first: one unless `topK` says otherwise. */
  "question-answering": Pipeline<Question, Answer[], AnswerOptions>;
  /** A list per mask. */
  "fill-mask": Pipeline<string, Fill[][], FillMaskOptions>;
  "next-sentence-prediction": Pipeline<TextPair, Label[], NextSentenceOptions>;
  "multiple-choice": Pipeline<Choices, Choice[], ChoiceOptions>;
  pretraining: Pipeline<TextPair, PreTrainingAnswer, PreTrainingOptions>;
  "text-generation": Pipeline<string, GeneratedText, GenerationOptions>;
  /** A vector per token, [CLS] and [SEP] included. */
  "feature-extraction": Pipeline<string | TextPair, Float32Array[], TextOptions>;
  "sentence-embedding": Pipeline<string, Float32Array, EmbedOptions>;
  "word-vectors": Pipeline<string, WordVector[], WordVectorOptions>;
  /** A cosine per sentence. */
  "sentence-similarity": Pipeline<SimilarityInput, number[], EmbedOptions>;
  /** By embeddings (zero-shot.ts); needs `candidateLabels`. */
  "zero-shot-classification": Pipeline<string, ZeroShotAnswer, CandidateOptions>;
  /** Best first. */
  rerank: Pipeline<RankingInput, RankedDocument[], RerankOptions>;
  /** The reference's other name for text-classification. */
  "sentiment-analysis": Pipelines["text-classification"];
  /** The reference's other name for token-classification. */
  ner: Pipelines["token-classification"];
}

export type PipelineTask = keyof Pipelines;

/**
 * Loads a model for a task, or takes one that is loaded, and gives a function that answers.
 * @throws BertletError `not_found` for a model without a head for the task, or as loadPretrained
 * @example
 * const classify = await pipeline("text-classification", "models/minilm-l6-heads/model.safetensors");
 * await classify("a delight from start to finish"); // [{ label: "POSITIVE", score: 0.99… }]
 */
export async function pipeline<Task extends PipelineTask>(
  task: Task,
  model: PretrainedSource | LoadedModel,
  { head, ...options }: HeadOptions = {},
): Promise<Pipelines[Task]> {
  if (!Object.hasOwn(TASKS, task))
    throw new BertletError("unsupported", `there is no task ${task}; there are ${Object.keys(TASKS).join(", ")}`);
  if (isLoaded(model)) return TASKS[task](model, head);
  const pretrained = await loadPretrained(model, options);
  return orRelease(pretrained, () => TASKS[task](pretrained, head));
}

const PAIR = objectOf({ text, text_pair: text });
const TEXT_OR_PAIR = either(text, PAIR);
const QUESTION = objectOf({ question: text, context: text });
const CHOICES = objectOf({ prompt: text, choices: listOf(text) });
const RANKING = objectOf({ query: text, texts: listOf(text) });
const SIMILARITY = objectOf({ source_sentence: text, sentences: listOf(text) });

const TASKS: { readonly [Task in PipelineTask]: (model: LoadedModel, head?: string) => Pipelines[Task] } = {
  "text-classification": (pretrained, head) => {
    const model = new BertForSequenceClassification(pretrained, head);
    return callable(pretrained, TEXT_OR_PAIR, (texts, options) => model.classify(texts.map(toTextInput), options));
  },
  "token-classification": (pretrained, head) => {
    const model = new BertForTokenClassification(pretrained, head);
    return callable(pretrained, text, (texts, options) => model.entities(texts, options));
  },
  "question-answering": (pretrained, head) => {
    const model = new BertForQuestionAnswering(pretrained, head);
    return callable(pretrained, QUESTION, (questions, options) => model.answer(questions, options));
  },
  "fill-mask": (pretrained, head) => {
    const model = new BertForMaskedLM(pretrained, head);
    return callable(pretrained, text, (texts, options) => model.fill(texts, options));
  },
  "next-sentence-prediction": (pretrained, head) => {
    const model = new BertForNextSentencePrediction(pretrained, head);
    return callable(pretrained, PAIR, (pairs, options) => model.predict(pairs.map(toPair), options));
  },
  "multiple-choice": (pretrained, head) => {
    const model = new BertForMultipleChoice(pretrained, head);
    return callable(pretrained, CHOICES, (questions, options) => model.choose(questions, options));
  },
  pretraining: (pretrained, head) => {
    const model = new BertForPreTraining(pretrained, head);
    return callable(pretrained, PAIR, (pairs, options) => model.predict(pairs.map(toPair), options));
  },
  "text-generation": (pretrained, head) => {
    const model = new BertLMHeadModel(pretrained, head);
    return callable(pretrained, text, (texts, options) => model.generateText(texts, oneSequence(options)));
  },
  "feature-extraction": (pretrained) => {
    const model = new BertModel(pretrained);
    return callable(pretrained, TEXT_OR_PAIR, (texts, options) => model.features(texts.map(toTextInput), options));
  },
  "sentence-embedding": (pretrained) => {
    const model = new BertModel(pretrained);
    return callable(pretrained, text, (texts, options) => model.embed(texts, options));
  },
  "word-vectors": (pretrained) => {
    const model = new BertModel(pretrained);
    return callable(pretrained, text, (texts, options) => model.wordVectors(texts, options));
  },
  "sentence-similarity": (pretrained) => {
    const model = new BertModel(pretrained);
    return callable(pretrained, SIMILARITY, (inputs, options) =>
      Promise.all(
        inputs.map(async ({ source_sentence, sentences }) => {
          const [source, ...others] = await model.embed([source_sentence, ...sentences], options);
          return others.map((vector) => cosineSimilarity(source!, vector));
        }),
      ),
    );
  },
  "zero-shot-classification": (pretrained) =>
    callable(pretrained, text, (texts, options?: CandidateOptions) => {
      const { candidateLabels = [], ...others } = options ?? {};
      checkValue(candidateLabels, listOf(text), "candidateLabels");
      return zeroShotClassify(pretrained, texts, candidateLabels, others);
    }),
  rerank: (pretrained, head) => {
    const model = new BertForSequenceClassification(pretrained, findRanker(pretrained, head).name);
    return callable(pretrained, RANKING, (inputs, options) =>
      Promise.all(inputs.map(({ query, texts }) => model.rerank(query, texts, options))),
    );
  },
  "sentiment-analysis": (pretrained, head) => TASKS["text-classification"](pretrained, head),
  ner: (pretrained, head) => TASKS["token-classification"](pretrained, head),
};

/** An input has one answer here, whatever the model's own settings say. */
function oneSequence(options: GenerationOptions = {}): GenerationOptions {
  const { numReturnSequences = 1 } = options;
  if (numReturnSequences === 1) return { ...options, numReturnSequences };
  throw new BertletError(
    "unsupported",
    "a pipeline generates one text per input; for several (numReturnSequences), use BertLMHeadModel.generateText",
  );
}

/** A function of one input or several, around a method of several. */
function callable<Input extends string | object, Output, Options>(
  pretrained: LoadedModel,
  expected: OptionCheck,
  answer: (inputs: readonly Input[], options?: Options) => Promise<Output[]>,
): Pipeline<Input, Output, Options> {
  function call(input: Input, options?: Options): Promise<Output>;
  function call(inputs: readonly Input[], options?: Options): Promise<Output[]>;
  async function call(input: Input | readonly Input[], options?: Options): Promise<Output | Output[]> {
    const inputs = isList(input) ? input : [input];
    for (const one of inputs) checkValue(one, expected, "an input");
    const answers = await answer(inputs, options);
    return isList(input) ? answers : answers[0]!;
  }
  return Object.assign(call, { release: () => pretrained.session.release() });
}

function isList<T>(input: T | readonly T[]): input is readonly T[] {
  return Array.isArray(input);
}

function isLoaded(model: PretrainedSource | LoadedModel): model is LoadedModel {
  return typeof model === "object" && "session" in model && "digest" in model;
}

function toPair({ text, text_pair }: TextPair): [string, string] {
  return [text, text_pair];
}

function toTextInput(input: string | TextPair): TextInput {
  return typeof input === "string" ? input : toPair(input);
}
