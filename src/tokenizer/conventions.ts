// Where the reference's fast and slow tokenizers differ, apart from how they cut a text into tokens.
import { type Encoding, type RowEncoding, toEncoding, toRow } from "./encoding.ts";
import type { SharedOptions } from "./options.ts";
import type { RaggedOffsets } from "./ragged.ts";
import { type Truncate, truncatedRowAndRest, truncatedRows } from "./truncation.ts";

export interface Conventions<R extends RowEncoding, O extends SharedOptions> {
  readonly truncate: Truncate;
  /** Row `row` of a ragged encoding as plain arrays. */
  readonly toRow: (ragged: RaggedOffsets, row: number, names: (ids: Int32Array) => string[]) => R;
  /** Whether rows without special tokens have the template's token types; else all are 0. */
  readonly typesBareRows: boolean;
  /** Whether windows over a pair that is truncated "longest_first" are refused. */
  readonly refusesPairWindows: boolean;
  /** Whether `encodePlus` takes an empty second text as none. */
  readonly dropsEmptySecond: boolean;
  /** The options as the class takes them. */
  prepareOptions(options: O): O;
  /** Whether `addTokens` counts new ids only, not tokens that the vocabulary has. */
  readonly countsNewIds: boolean;
  /** Whether an id without a token is called by the unknown token. */
  readonly namesUnknownIds: boolean;
}

export const FAST = {
  truncate: truncatedRows,
  toRow: toEncoding,
  typesBareRows: true,
  refusesPairWindows: false,
  dropsEmptySecond: true,
  prepareOptions: <O>(options: O) => options,
  countsNewIds: false,
  namesUnknownIds: false,
} satisfies Conventions<Encoding, SharedOptions>;

export const SLOW = {
  truncate: truncatedRowAndRest,
  toRow,
  typesBareRows: false,
  refusesPairWindows: true,
  dropsEmptySecond: false,
  prepareOptions: withFoldedTokens,
  countsNewIds: true,
  namesUnknownIds: false,
} satisfies Conventions<RowEncoding, SharedOptions>;

/** Added tokens that are matched in text folded to lower case are folded themselves. */
function withFoldedTokens<O extends SharedOptions & { readonly doLowerCase?: boolean }>(options: O): O {
  if (!options.doLowerCase) return options;
  const addedTokens = options.addedTokens.map((token) =>
    !token.special && token.normalized !== false ? { ...token, content: token.content.toLowerCase() } : token,
  );
  return { ...options, addedTokens };
}
