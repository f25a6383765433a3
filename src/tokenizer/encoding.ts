// One row of tokens as plain arrays, as the reference's encodings have them.
import type { RaggedOffsets } from "./ragged.ts";
import type { Side } from "./truncation.ts";

/** One row of L tokens. */
export interface RowEncoding {
  input_ids: number[];
  token_type_ids: number[];
  /** 0 for padding. */
  attention_mask: number[];
  /** 1 for special tokens and padding. */
  special_tokens_mask: number[];
  tokens: string[];
  /** 0 or 1: which text; null for special tokens and padding. */
  sequence_ids: (number | null)[];
}

type Span = [start: number, end: number];

/** One row of L tokens with the source of each, and the ways between characters, words and tokens. All of them give null for "none". */
export class Encoding implements RowEncoding {
  // `declare`: a field that is only declared is code, and every Worker carries it.
  declare input_ids: number[];
  declare token_type_ids: number[];
  declare attention_mask: number[];
  declare special_tokens_mask: number[];
  declare tokens: string[];
  declare sequence_ids: (number | null)[];
  /** Start and end in the token's text; [0, 0] for special tokens and padding. */
  declare offset_mapping: Span[];
  /** The index of the token's word in its text, or null. */
  declare word_ids: (number | null)[];

  constructor(row: RowEncoding, offsets: Span[], words: (number | null)[]) {
    this.input_ids = row.input_ids;
    this.token_type_ids = row.token_type_ids;
    this.attention_mask = row.attention_mask;
    this.special_tokens_mask = row.special_tokens_mask;
    this.tokens = row.tokens;
    this.sequence_ids = row.sequence_ids;
    this.offset_mapping = offsets;
    this.word_ids = words;
  }

  /** The index of the text that a token came from. */
  tokenToSequence(token: number): number | null {
    return this.sequence_ids[token] ?? null;
  }

  /** The index of the word that a token is a part of. */
  tokenToWord(token: number): number | null {
    return this.word_ids[token] ?? null;
  }

  /** The characters [start, end) of its text that a token came from. */
  tokenToChars(token: number): Span | null {
    return this.tokenToSequence(token) === null ? null : this.offset_mapping[token]!;
  }

  /** The token that holds a character of text `sequence`. */
  charToToken(char: number, sequence = 0): number | null {
    const holds = ([start, end]: Span, token: number) =>
      this.sequence_ids[token] === sequence && start <= char && char < end;
    return orNull(this.offset_mapping.findIndex(holds));
  }

  /** The word of text `sequence` that holds a character. */
  charToWord(char: number, sequence = 0): number | null {
    const token = this.charToToken(char, sequence);
    return token === null ? null : this.tokenToWord(token);
  }

  /** The tokens [start, end) of a word of text `sequence`. */
  wordToTokens(word: number, sequence = 0): Span | null {
    const isPart = (id: number | null, token: number) => id === word && this.sequence_ids[token] === sequence;
    const start = this.word_ids.findIndex(isPart);
    return start < 0 ? null : [start, this.word_ids.findLastIndex(isPart) + 1];
  }

  /** The characters [start, end) of a word of text `sequence`. */
  wordToChars(word: number, sequence = 0): Span | null {
    const tokens = this.wordToTokens(word, sequence);
    return tokens && [this.offset_mapping[tokens[0]]![0], this.offset_mapping[tokens[1] - 1]![1]];
  }
}

function orNull(index: number): number | null {
  return index < 0 ? null : index;
}

/** Row `row` of a ragged encoding, without offsets. */
export function toRow(ragged: RaggedOffsets, row: number, names: (ids: Int32Array) => string[]): RowEncoding {
  const [from, to] = rangeOf(ragged, row);
  const ids = ragged.input_ids.subarray(from, to);
  const sequences = Array.from(ragged.sequence_ids.subarray(from, to));
  return {
    input_ids: Array.from(ids),
    token_type_ids: Array.from(ragged.token_type_ids.subarray(from, to)),
    attention_mask: sequences.map(() => 1),
    special_tokens_mask: sequences.map((sequence) => (sequence < 0 ? 1 : 0)),
    tokens: names(ids),
    sequence_ids: sequences.map((sequence) => (sequence < 0 ? null : sequence)),
  };
}

/** Row `row` of a ragged encoding. */
export function toEncoding(ragged: RaggedOffsets, row: number, names: (ids: Int32Array) => string[]): Encoding {
  const [from, to] = rangeOf(ragged, row);
  const { offset_mapping, word_ids } = ragged;
  const offsets = Array.from({ length: to - from }, (_, i): Span => {
    return [offset_mapping[2 * (from + i)]!, offset_mapping[2 * (from + i) + 1]!];
  });
  const words = Array.from(word_ids.subarray(from, to), (word) => (word < 0 ? null : word));
  return new Encoding(toRow(ragged, row, names), offsets, words);
}

function rangeOf({ row_starts }: RaggedOffsets, row: number): Span {
  const from = row_starts[row] ?? 0;
  return [from, row_starts[row + 1] ?? from];
}

/** What padding is made of. */
export interface PaddingToken {
  readonly id: number;
  readonly token: string;
}

/** Appends `count` padding tokens to every column of a row, on one side. */
export function padRow(row: RowEncoding, count: number, side: Side, { id, token }: PaddingToken): void {
  const filled = <T>(column: T[], value: () => T): T[] => {
    const values = Array.from({ length: count }, value);
    return side === "right" ? [...column, ...values] : [...values, ...column];
  };
  row.input_ids = filled(row.input_ids, () => id);
  row.token_type_ids = filled(row.token_type_ids, () => 0);
  row.attention_mask = filled(row.attention_mask, () => 0);
  row.special_tokens_mask = filled(row.special_tokens_mask, () => 1);
  row.tokens = filled(row.tokens, () => token);
  row.sequence_ids = filled(row.sequence_ids, () => null);
  if (!(row instanceof Encoding)) return;
  row.offset_mapping = filled(row.offset_mapping, (): Span => [0, 0]);
  row.word_ids = filled(row.word_ids, () => null);
}
