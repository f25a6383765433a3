// pipeline(task, model): the one-line way in. A table from tasks to the classes' own methods; it computes nothing.
import { BertletError } from "../errors.ts";
import type { Answer } from "../heads/answer-spans.ts";
import { cosineSimilarity, type EmbedOptions } from "../heads/embedding.ts";
import type { Entity } from "../heads/entities.ts";
import type { Fill } from "../heads/fills.ts";
import type { GenerationOptions } from "../heads/generation.ts";
import type { Label } from "../heads/labels.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { BertForMaskedLM, type FillMaskOptions } from "./bert-for-masked-lm.ts";
import { BertForMultipleChoice, type Choice, type ChoiceOptions, type Choices } from "./bert-for-multiple-choice.ts";
import { BertForNextSentencePrediction, type NextSentenceOptions } from "./bert-for-next-sentence-prediction.ts";
import { BertForPreTraining, type PreTrainingAnswer, type PreTrainingOptions } from "./bert-for-pretraining.ts";
import { type AnswerOptions, BertForQuestionAnswering, type Question } from "./bert-for-question-answering.ts";
import {
  BertForSequenceClassification,
  type ClassifyOptions,
  type RankedDocument,
  type RerankOptions,
} from "./bert-for-sequence-classification.ts";
import { BertForTokenClassification, type EntityOptions } from "./bert-for-token-classification.ts";
import { BertLMHeadModel, type GeneratedText } from "./bert-lm-head-model.ts";
import { BertModel, type WordVector, type WordVectorOptions } from "./bert-model.ts";
import { type LoadedModel, loadPretrained, type PretrainedSource } from "./loaded-model.ts";
import type { HeadOptions } from "./model.ts";
import { type ZeroShotAnswer, type ZeroShotOptions, zeroShotClassify } from "./zero-shot.ts";

/** Two texts that are read together. */
export interface TextPair {
  readonly text: string;
  readonly text_pair: string;
}

/** A query and the texts to be ordered by how well they answer it. */
export interface RankingInput {
  readonly query: string;
  readonly texts: readonly string[];
}

/** A sentence, and those it is compared with. */
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

/** Every task with what it takes and gives; the options are those of the class's method. */
export interface Pipelines {
  "text-classification": Pipeline<string | TextPair, Label[], ClassifyOptions>;
  "token-classification": Pipeline<string, Entity[], EntityOptions>;
  /** The answers, best first: one unless `topK` says otherwise. */
  "question-answering": Pipeline<Question, Answer[], AnswerOptions>;
  /** A list a mask. */
  "fill-mask": Pipeline<string, Fill[][], FillMaskOptions>;
  "next-sentence-prediction": Pipeline<TextPair, Label[], NextSentenceOptions>;
  "multiple-choice": Pipeline<Choices, Choice[], ChoiceOptions>;
  pretraining: Pipeline<TextPair, PreTrainingAnswer, PreTrainingOptions>;
  "text-generation": Pipeline<string, GeneratedText, GenerationOptions>;
  /** A vector a token, [CLS] and [SEP] included. */
  "feature-extraction": Pipeline<string | TextPair, Float32Array[], TextOptions>;
  "sentence-embedding": Pipeline<string, Float32Array, EmbedOptions>;
  "word-vectors": Pipeline<string, WordVector[], WordVectorOptions>;
  /** A cosine a sentence. */
  "sentence-similarity": Pipeline<SimilarityInput, number[], EmbedOptions>;
  /** Through embeddings (zero-shot.ts): `candidateLabels` are needed. */
  "zero-shot-classification": Pipeline<
    string,
    ZeroShotAnswer,
    ZeroShotOptions & { readonly candidateLabels: readonly string[] }
  >;
  /** Best first. */
  rerank: Pipeline<RankingInput, RankedDocument[], RerankOptions>;
}

export type PipelineTask = keyof Pipelines;

/**
 * Loads a model for a task, or takes one that is loaded, and gives a function that answers.
 * @throws BertletError `not_found` for a model without a head for the task, or as loadPretrained
 * @example
 * const classify = await pipeline("text-classification", await readFile("models/minilm-l6-heads/model.safetensors"));
 * await classify("a delight from start to finish"); // [{ label: "POSITIVE", score: 0.99… }]
 */
export async function pipeline<Task extends PipelineTask>(
  task: Task,
  model: PretrainedSource | LoadedModel,
  { head, ...options }: HeadOptions = {},
): Promise<Pipelines[Task]> {
  if (!Object.hasOwn(TASKS, task))
    throw new BertletError("unsupported", `there is no task ${task}; there are ${Object.keys(TASKS).join(", ")}`);
  if (isPretrained(model)) return TASKS[task](model, head);
  const pretrained = await loadPretrained(model, options);
  try {
    return TASKS[task](pretrained, head);
  } catch (error) {
    await pretrained.session.release();
    throw error;
  }
}

const TASKS: { readonly [Task in PipelineTask]: (model: LoadedModel, head?: string) => Pipelines[Task] } = {
  "text-classification": (pretrained, head) => {
    const model = new BertForSequenceClassification(pretrained, head);
    return callable(pretrained, (texts, options) => model.classify(texts.map(toTextInput), options));
  },
  "token-classification": (pretrained, head) => {
    const model = new BertForTokenClassification(pretrained, head);
    return callable(pretrained, (texts, options) => model.entities(texts, options));
  },
  "question-answering": (pretrained, head) => {
    const model = new BertForQuestionAnswering(pretrained, head);
    return callable(pretrained, (questions, options) => model.answer(questions, options));
  },
  "fill-mask": (pretrained, head) => {
    const model = new BertForMaskedLM(pretrained, head);
    return callable(pretrained, (texts, options) => model.fill(texts, options));
  },
  "next-sentence-prediction": (pretrained, head) => {
    const model = new BertForNextSentencePrediction(pretrained, head);
    return callable(pretrained, (pairs, options) => model.predict(pairs.map(toPair), options));
  },
  "multiple-choice": (pretrained, head) => {
    const model = new BertForMultipleChoice(pretrained, head);
    return callable(pretrained, (questions, options) => model.choose(questions, options));
  },
  pretraining: (pretrained, head) => {
    const model = new BertForPreTraining(pretrained, head);
    return callable(pretrained, (pairs, options) => model.predict(pairs.map(toPair), options));
  },
  "text-generation": (pretrained, head) => {
    const model = new BertLMHeadModel(pretrained, head);
    return callable(pretrained, (texts, options) => model.generateText(texts, options));
  },
  "feature-extraction": (pretrained) => {
    const model = new BertModel(pretrained);
    return callable(pretrained, (texts, options) => model.features(texts.map(toTextInput), options));
  },
  "sentence-embedding": (pretrained) => {
    const model = new BertModel(pretrained);
    return callable(pretrained, (texts, options) => model.embed(texts, options));
  },
  "word-vectors": (pretrained) => {
    const model = new BertModel(pretrained);
    return callable(pretrained, (texts, options) => model.wordVectors(texts, options));
  },
  "sentence-similarity": (pretrained) => {
    const model = new BertModel(pretrained);
    return callable(pretrained, (inputs, options) =>
      Promise.all(
        inputs.map(async ({ source_sentence, sentences }) => {
          const [source, ...others] = await model.embed([source_sentence, ...sentences], options);
          return others.map((vector) => cosineSimilarity(source!, vector));
        }),
      ),
    );
  },
  "zero-shot-classification": (pretrained) => {
    const model = new BertModel(pretrained);
    return callable(pretrained, (texts, options) =>
      zeroShotClassify(model, texts, options?.candidateLabels ?? [], options),
    );
  },
  rerank: (pretrained, head) => {
    const oneLabel = pretrained.heads.find(
      ({ architecture, labels }) => architecture === "BertForSequenceClassification" && labels.length === 1,
    );
    const model = new BertForSequenceClassification(pretrained, head ?? oneLabel?.name);
    return callable(pretrained, (inputs, options) =>
      Promise.all(inputs.map(({ query, texts }) => model.rerank(query, texts, options))),
    );
  },
};

/** A function of one input or several, around a method of several. */
function callable<Input extends string | object, Output, Options>(
  pretrained: LoadedModel,
  answer: (inputs: readonly Input[], options?: Options) => Promise<Output[]>,
): Pipeline<Input, Output, Options> {
  function call(input: Input, options?: Options): Promise<Output>;
  function call(inputs: readonly Input[], options?: Options): Promise<Output[]>;
  async function call(input: Input | readonly Input[], options?: Options): Promise<Output | Output[]> {
    if (isList(input)) return answer(input, options);
    const [output] = await answer([input], options);
    return output!;
  }
  return Object.assign(call, { release: () => pretrained.session.release() });
}

function isList<T>(input: T | readonly T[]): input is readonly T[] {
  return Array.isArray(input);
}

function isPretrained(model: PretrainedSource | LoadedModel): model is LoadedModel {
  return typeof model === "object" && "session" in model && "digest" in model;
}

function toPair({ text, text_pair }: TextPair): [string, string] {
  return [text, text_pair];
}

function toTextInput(input: string | TextPair): TextInput {
  return typeof input === "string" ? input : toPair(input);
}
