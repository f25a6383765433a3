// What every algorithm that cuts text into tokens implements. Special tokens, pairs and truncation are none of its business.
import type { AddedTokens } from "../added-tokens.ts";
import type { TokenBuffer } from "../token-buffer.ts";

export interface Scanner {
  /**
   * Appends the tokens of text[from, to) to `out`, with offsets into `text` in UTF-16 units. It may stop as soon as `out` holds `limit`
   * tokens.
   */
  scan(text: string, from: number, to: number, out: TokenBuffer, limit: number): void;
  /** The tokens of a text as strings, from a scanner that makes tokens that are not in the vocabulary. */
  tokenize?(text: string): string[];
}

/** What a scanner may need of its tokenizer. */
export interface ScannerContext {
  readonly added: AddedTokens;
  readonly unkId: number;
  /** The id of a token, the unknown token's for one that is not in the vocabulary. */
  idOf(token: string): number;
  tokenOf(id: number): string;
}
