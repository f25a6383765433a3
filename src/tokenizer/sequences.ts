// Texts cut into tokens, before special tokens, truncation and pairing: what `split` returns and `assemble` builds rows from.

/** The tokens of N texts end to end, T in all. */
export interface Sequences {
  /** [T] */
  readonly input_ids: Int32Array<ArrayBuffer>;
  /** [T, 2] Start and end in the text that the token came from. */
  readonly offset_mapping: Int32Array<ArrayBuffer>;
  /** [T] The index of the token's word in its text. */
  readonly word_ids: Int32Array<ArrayBuffer>;
  /** [N + 1] The tokens of text n are [row_starts[n], row_starts[n + 1]). */
  readonly row_starts: Int32Array<ArrayBuffer>;
}

/** Which texts make a row. */
export interface SequenceRow {
  /** The index of the text, or of a pair's first text. */
  readonly first: number;
  /** The index of a pair's second text. */
  readonly second?: number | undefined;
  /** The most tokens to use of the first text, whatever the truncation; all by default. */
  readonly firstTokens?: number | undefined;
}

/** The number of tokens of text n. */
export function countTokens({ row_starts }: Sequences, n: number): number {
  return row_starts[n + 1]! - row_starts[n]!;
}
