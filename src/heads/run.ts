// Runs heads: one over its inputs, or several over the same texts in one pass of the encoder, with the texts' vectors from that pass.
import type { BertConfig } from "../architectures/config.ts";
import type { EmbeddingSpec } from "../architectures/embedding-spec.ts";
import type { HeadKind, HeadSpec } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { anything, checkOptions, listOf, type OptionTable, text } from "../options.ts";
import type { InferenceSession } from "../wasm/session.ts";
import { type EmbedOptions, embedding, sharesRows } from "./embedding.ts";
import { AGGREGATION_OPTIONS, type AggregationOptions, type Entity } from "./entities.ts";
import type { Head } from "./head.ts";
import { LABEL_OPTIONS, type Label, type LabelOptions } from "./labels.ts";
import { sequenceClassifier } from "./sequence-classification.ts";
import { OFFSET_OPTIONS, type OffsetOptions, type TextRows } from "./text-rows.ts";
import { tokenClassifier } from "./token-classification.ts";
import { pickTextOptions, TEXT_OPTIONS, type TextOptions, type Tokenization } from "./tokenization.ts";

/** What running a head takes. */
export interface Runnable {
  readonly session: InferenceSession;
  /** Undefined for a model without a tokenizer. */
  readonly tokenization: Tokenization | undefined;
}

/** What running several heads takes. */
export interface SeveralHeads extends Runnable {
  readonly config: Pick<BertConfig, "hidden_size">;
  readonly heads: readonly HeadSpec[];
  readonly embedding: EmbeddingSpec;
}

/** How texts become rows that the model takes. @throws BertletError `not_found` for a model without a tokenizer */
export function tokenizationOf({ tokenization }: Pick<Runnable, "tokenization">): Tokenization {
  if (!tokenization) throw new BertletError("not_found", "the model has no tokenizer");
  return tokenization;
}

/**
 * The head of this kind and name, or the model's first of the kind when no name is given.
 * @throws BertletError `not_found`
 */
export function findHead({ heads }: Pick<SeveralHeads, "heads">, kind: HeadKind, name?: string): HeadSpec {
  const fitting = heads.filter((head) => head.kind === kind);
  const found = name === undefined ? fitting[0] : fitting.find((head) => head.name === name);
  if (found) return found;
  const present = fitting.map((head) => head.name).join(", ") || "none";
  const wanted = name === undefined ? "no head" : `no head ${name}`;
  throw new BertletError("not_found", `the model has ${wanted} of kind ${kind}; it has ${present}`);
}

/**
 * The head of this name, or the model's first classifier with one label: it scores how well a text answers a query.
 * @throws BertletError `not_found`, or `unsupported` for a head of several labels
 */
export function findRanker(model: Pick<SeveralHeads, "heads">, name?: string): HeadSpec {
  const scorer = model.heads.find(({ kind, labels }) => kind === "sequence-classification" && labels.length === 1);
  return checkRanker(findHead(model, "sequence-classification", name ?? scorer?.name));
}

/** @throws BertletError `unsupported` for a head of several labels */
export function checkRanker(head: HeadSpec): HeadSpec {
  if (head.labels.length === 1) return head;
  throw new BertletError("unsupported", `${head.name} has ${head.labels.length} labels; one is needed`);
}

/** One head over its inputs: an answer per input. */
export async function runHead<Input, Options extends object, Answer, Rows extends TextRows<Input>>(
  model: Runnable,
  head: Head<Input, Options, Answer, Rows>,
  inputs: readonly Input[],
  options: Options,
): Promise<Answer[]> {
  checkOptions(options, head.options);
  if (inputs.length === 0) return [];
  const rows = head.encode(inputs, tokenizationOf(model), options);
  const outputs = await model.session.run(rows.feeds, head.fetches(options));
  return inputs.map((_, index) => head.decode(outputs, rows, index, options));
}

/** The options of several heads. */
export interface SeveralHeadsOptions extends TextOptions, OffsetOptions {
  /** The options of each head, by its name; a classifier uses those of labels, a tagger those of aggregation. */
  readonly parameters?: Readonly<Record<string, LabelOptions & AggregationOptions>> | undefined;
}

/** What to read in texts. */
export interface ReadOptions extends SeveralHeadsOptions {
  /** The heads that answer, by name; none when left out. */
  readonly heads?: readonly string[] | undefined;
  /** How the text's vector is made; none is made when left out. */
  readonly vector?: Omit<EmbedOptions, keyof TextOptions> | undefined;
}

const SEVERAL_HEADS_OPTIONS: OptionTable<SeveralHeadsOptions> = {
  ...TEXT_OPTIONS,
  ...OFFSET_OPTIONS,
  // Each head checks its own.
  parameters: anything,
};
const HEAD_PARAMETERS: OptionTable<LabelOptions & AggregationOptions> = { ...LABEL_OPTIONS, ...AGGREGATION_OPTIONS };
const READ_OPTIONS: OptionTable<ReadOptions> = { ...SEVERAL_HEADS_OPTIONS, heads: listOf(text), vector: anything };

/** The labels of a classifier, or the entities of a tagger. */
export type HeadAnswer = readonly Label[] | readonly Entity[];

/** What was read in one text. */
export interface Reading {
  /** By the name of the head. */
  readonly answers: Readonly<Record<string, HeadAnswer>>;
  /** Where it was asked for. */
  readonly vector: Float32Array | undefined;
  /** Whether the text was too long and was truncated. */
  readonly truncated: boolean;
}

/** A head with its options, ready to answer for a text of `rows`. */
interface Reader<Answer> {
  readonly fetches: readonly string[];
  read(outputs: Awaited<ReturnType<InferenceSession["run"]>>, rows: TextRows<string>, index: number): Answer;
}

/**
 * Answers of several heads and the vector of each text; the encoder runs once.
 * @throws BertletError `not_found` for a head that the model does not have, `unsupported` for one that reads more than a text
 * @example
 * const [{ answers, vector }] = await readTexts(model, ["play some jazz"], { heads: ["intent", "slots"], vector: {} });
 */
export async function readTexts(
  model: SeveralHeads,
  texts: readonly string[],
  options: ReadOptions,
): Promise<Reading[]> {
  checkOptions(options, READ_OPTIONS);
  const readers = (options.heads ?? []).map((name) => [name, readerNamed(model, name, options)] as const);
  const head = embedding(model.embedding, model.config.hidden_size);
  if (options.vector) checkOptions(options.vector, head.options);
  if (texts.length === 0) return [];
  const rows = tokenizationOf(model).encode(texts, pickTextOptions(options));
  const shared = options.vector && sharesRows(model.embedding, options.vector, rows);
  const vector = shared ? reader(head, options.vector!) : undefined;
  const fetches = [...readers.flatMap(([, { fetches }]) => fetches), ...(vector?.fetches ?? [])];
  const outputs = fetches.length > 0 ? await model.session.run(rows.feeds, fetches) : {};
  // A prompt, or a text beyond the embedding's own maximum, needs rows of its own.
  const alone = options.vector && !shared ? await runHead(model, head, texts, options.vector) : undefined;
  return texts.map((_, index) => ({
    answers: Object.fromEntries(readers.map(([name, { read }]) => [name, read(outputs, rows, index)])),
    vector: alone?.[index] ?? vector?.read(outputs, rows, index),
    truncated: rows.encoding.truncated.includes(index),
  }));
}

/**
 * The answers of several heads for each text, by the head's name; the encoder runs once.
 * @throws BertletError as {@link readTexts}
 * @example
 * const model = await loadPretrained("models/minilm-l6-heads/model.safetensors");
 * const [answers] = await answerHeads(model, ["play some jazz in Berlin"], ["intent", "slots", "entities"]);
 * answers.intent; // [{ label: "play_music", score: 0.9… }]
 */
export async function answerHeads(
  model: SeveralHeads,
  texts: readonly string[],
  heads: readonly string[],
  options: SeveralHeadsOptions = {},
): Promise<Readonly<Record<string, HeadAnswer>>[]> {
  checkOptions(options, SEVERAL_HEADS_OPTIONS);
  const readings = await readTexts(model, texts, { ...options, heads });
  return readings.map(({ answers }) => answers);
}

function readerNamed({ heads }: SeveralHeads, name: string, options: SeveralHeadsOptions): Reader<HeadAnswer> {
  const spec = heads.find((head) => head.name === name);
  if (!spec) throw new BertletError("not_found", `the model has no head ${name}`);
  const own = options.parameters?.[name] ?? {};
  checkOptions(own, HEAD_PARAMETERS);
  if (spec.kind === "sequence-classification") return reader(sequenceClassifier(spec), own);
  if (spec.kind === "token-classification")
    return reader(tokenClassifier(spec), { ...own, offsetUnit: options.offsetUnit });
  throw new BertletError("unsupported", `${name} (${spec.task}) reads more than a text, and runs by itself`);
}

function reader<Options extends object, Answer>(
  head: Pick<Head<string, Options, Answer>, "fetches" | "decode">,
  options: Options,
): Reader<Answer> {
  return {
    fetches: head.fetches(options),
    read: (outputs, rows, index) => head.decode(outputs, rows, index, options),
  };
}
