// Where the reference's fast and slow tokenizers differ, apart from how they cut a text into tokens.
import { type Encoding, type RowEncoding, toEncoding, toRow } from "./encoding.ts";
import type { RaggedOffsets } from "./ragged.ts";
import { type Truncate, truncatedRowAndRest, truncatedRows } from "./truncation.ts";

export interface Conventions<R extends RowEncoding> {
  readonly truncate: Truncate;
  /** Row `row` of a ragged encoding as plain arrays. */
  readonly toRow: (ragged: RaggedOffsets, row: number, names: (ids: Int32Array) => string[]) => R;
  /** Whether rows without special tokens have the template's token types; else all are 0. */
  readonly typesBareRows: boolean;
  /** Whether windows over a pair that is truncated "longest_first" are refused. */
  readonly refusesPairWindows: boolean;
  /** Whether `encodePlus` takes an empty second text as none. */
  readonly dropsEmptySecond: boolean;
  /** Whether an id without a token is called by the unknown token. */
  readonly namesUnknownIds: boolean;
}

export const FAST: Conventions<Encoding> = {
  truncate: truncatedRows,
  toRow: toEncoding,
  typesBareRows: true,
  refusesPairWindows: false,
  dropsEmptySecond: true,
  namesUnknownIds: false,
};

export const SLOW: Conventions<RowEncoding> = {
  truncate: truncatedRowAndRest,
  toRow,
  typesBareRows: false,
  refusesPairWindows: true,
  dropsEmptySecond: false,
  namesUnknownIds: true,
};
