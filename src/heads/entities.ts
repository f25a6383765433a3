// Token scores to entities, by the five strategies of the reference's token classification pipeline. It follows that exactly, even where
// it is odd: a token continues a word if its length differs from that of its text.

import type { HeadSpec } from "../architectures/head-spec.ts";
import { listOf, numberThat, type OptionTable, oneOf, text } from "../options.ts";
import type { Tensor } from "../tensor.ts";
import type { RaggedOffsets, Tokenizer } from "../tokenizer/tokenizer.ts";
import { rowOf } from "./outputs.ts";
import { argmax, tempered, toScores } from "./scores.ts";
import { offsetOf, type TextRow } from "./text-rows.ts";

/**
 * none: every token by itself. simple: neighbours with one label become a group. The others give each word one label first: that of its
 * `first` piece, that of the `average` of its pieces, or that of the piece with the highest score (`max`).
 */
export type AggregationStrategy = "none" | "simple" | "first" | "average" | "max";

export interface AggregationOptions {
  /** The head's own when left out, and none if it has none. */
  readonly aggregationStrategy?: AggregationStrategy | undefined;
  /** Labels, or their groups, to leave out; ["O"] when left out. */
  readonly ignoreLabels?: readonly string[] | undefined;
  /** Entities with a lower score are left out; when omitted, those below the head's own threshold for their label. */
  readonly minScore?: number | undefined;
  /** What the word of an entity of several tokens is: the text as written (when left out), or the tokens joined, as in the reference. */
  readonly wordForm?: "text" | "tokens" | undefined;
}

export const AGGREGATION_OPTIONS: OptionTable<AggregationOptions> = {
  aggregationStrategy: oneOf("none", "simple", "first", "average", "max"),
  ignoreLabels: listOf(text),
  minScore: numberThat("a number", () => true),
  wordForm: oneOf("text", "tokens"),
};

/** One token. */
export interface TokenEntity {
  readonly entity: string;
  readonly score: number;
  /** The token's index in its row, [CLS] counted. */
  readonly index: number;
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Neighbouring tokens or words of one label, without its B- or I-. */
export interface EntityGroup {
  readonly entity_group: string;
  readonly score: number;
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

export type Entity = TokenEntity | EntityGroup;

/** A token before it has a label. */
interface Piece {
  readonly word: string;
  readonly scores: Float32Array;
  readonly index: number;
  readonly start: number;
  readonly end: number;
  readonly continues: boolean;
}

/** A token or a word with its label. */
interface Labelled extends Omit<TokenEntity, "index"> {
  /** The score that the head asks for. */
  readonly threshold: number;
}

/** What entities depend on, of a head's spec. */
export type Tagger = Pick<HeadSpec, "labels" | "default_aggregation" | "thresholds" | "temperature">;

/** A row of a text, with the logits [tokens, labels] of all rows. */
export interface RowLogits {
  readonly text: string;
  readonly encoding: RaggedOffsets;
  readonly row: TextRow;
  readonly logits: Tensor;
}

/** The entities in one row; offsets in UTF-16 units. */
export function tokenEntities(
  row: RowLogits,
  tagger: Tagger,
  tokenizer: Tokenizer,
  options: AggregationOptions,
): Entity[] {
  const { ignoreLabels = ["O"], minScore, wordForm = "text" } = options;
  const strategy = aggregationOf(tagger, options);
  const pieces = readPieces(row, tokenizer, tagger);
  const ignored = new Set(ignoreLabels);
  const isSure = (score: number, { threshold }: Labelled) => score >= (minScore ?? threshold);
  if (strategy === "none") {
    return pieces.flatMap((piece) => {
      const { index, start, end } = piece;
      const labelled = label(piece, tagger);
      const { entity, score, word } = labelled;
      const kept = !ignored.has(entity) && isSure(score, labelled);
      return kept ? [{ entity, score, index, word, start, end }] : [];
    });
  }
  const join = (words: readonly string[]) => tokenizer.convertTokensToString(words);
  const labelled =
    strategy === "simple"
      ? pieces.map((piece) => label(piece, tagger))
      : words(pieces).map((word) => labelWord(word, tagger, strategy, join));
  return groups(labelled).flatMap((members) => {
    const group = toGroup(members, join);
    const kept = !ignored.has(group.entity_group) && isSure(group.score, members[0]!);
    const word = wordForm === "text" ? row.text.slice(group.start, group.end) : group.word;
    return kept ? [{ ...group, word }] : [];
  });
}

/** How tokens become entities: as the options say, else as the head was made for, else not at all. */
export function aggregationOf({ default_aggregation }: Tagger, options: AggregationOptions): AggregationStrategy {
  return options.aggregationStrategy ?? default_aggregation ?? "none";
}

function readPieces(
  { text, encoding, row, logits }: RowLogits,
  tokenizer: Tokenizer,
  { temperature = 1 }: Tagger,
): Piece[] {
  const pieces: Piece[] = [];
  for (let token = row.from; token < row.to; token++) {
    if (encoding.sequence_ids[token]! < 0) continue;
    const [start, end] = offsetOf(encoding, token);
    const written = text.slice(start, end);
    const id = encoding.input_ids[token]!;
    const unknown = id === tokenizer.unkTokenId;
    const word = unknown ? written : (tokenizer.convertIdsToTokens([id])[0] ?? "");
    const continues = !unknown && codePoints(word) !== codePoints(written);
    const scores = toScores(tempered(rowOf(logits, token), temperature), "softmax");
    pieces.push({ word, scores, index: token - row.from, start, end, continues });
  }
  return pieces;
}

function codePoints(text: string): number {
  return [...text].length;
}

function label(
  { scores, word, start, end }: Omit<Piece, "index" | "continues">,
  { labels, thresholds }: Tagger,
): Labelled {
  const best = argmax(scores);
  return { entity: labels[best]!, score: scores[best]!, word, start, end, threshold: thresholds?.[best] ?? 0 };
}

/** Pieces of one word together. */
function words(pieces: readonly Piece[]): Piece[][] {
  return collect(pieces, ({ continues }) => continues);
}

function labelWord(
  pieces: readonly Piece[],
  tagger: Tagger,
  strategy: "first" | "average" | "max",
  join: (words: readonly string[]) => string,
): Labelled {
  const word = join(pieces.map(({ word }) => word));
  const span = { word, start: pieces[0]!.start, end: pieces.at(-1)!.end };
  return label({ ...span, scores: WORD_SCORES[strategy](pieces.map(({ scores }) => scores)) }, tagger);
}

const WORD_SCORES: Record<"first" | "average" | "max", (pieces: readonly Float32Array[]) => Float32Array> = {
  first: (pieces) => pieces[0]!,
  average: (pieces) => pieces[0]!.map((_, i) => pieces.reduce((sum, scores) => sum + scores[i]!, 0) / pieces.length),
  max: (pieces) => {
    const surest = Float32Array.from(pieces, (scores) => scores[argmax(scores)]!);
    return pieces[argmax(surest)]!;
  },
};

/** Neighbours of one label together, unless a B- begins anew. */
function groups(labelled: readonly Labelled[]): Labelled[][] {
  return collect(labelled, ({ entity }, last) => !entity.startsWith("B-") && tag(entity) === tag(last.entity));
}

function tag(entity: string): string {
  return entity.replace(/^[BI]-/, "");
}

function toGroup(members: readonly Labelled[], join: (words: readonly string[]) => string): EntityGroup {
  return {
    entity_group: afterHyphen(members[0]!.entity),
    score: members.reduce((sum, { score }) => sum + score, 0) / members.length,
    word: join(members.map(({ word }) => word)),
    start: members[0]!.start,
    end: members.at(-1)!.end,
  };
}

/** A label without what stands before its first hyphen, as in the reference: B-tax-percent is tax-percent. */
function afterHyphen(entity: string): string {
  return entity.slice(entity.indexOf("-") + 1);
}

/** Runs of items; one belongs to the run before it when `joins` says so. */
function collect<T>(items: readonly T[], joins: (item: T, last: T) => boolean): T[][] {
  const runs: T[][] = [];
  for (const item of items) {
    const run = runs.at(-1);
    if (run && joins(item, run.at(-1)!)) run.push(item);
    else runs.push([item]);
  }
  return runs;
}

/** Of entities that overlap between windows, the longest stays, and of equally long ones the surest. */
export function mergeWindows(entities: readonly Entity[]): Entity[] {
  const merged: Entity[] = [];
  for (const entity of entities.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (!last || entity.start >= last.end) merged.push(entity);
    else if (beats(entity, last)) merged[merged.length - 1] = entity;
  }
  return merged;
}

function beats(entity: Entity, other: Entity): boolean {
  const longer = entity.end - entity.start - (other.end - other.start);
  return longer > 0 || (longer === 0 && entity.score > other.score);
}
