// Cuts added tokens out of a text and leaves the text between them to another scanner, as the reference's fast tokenizers do.
import { type AddedToken, type AddedTokens, splitAtTokens } from "../added-tokens.ts";
import type { TokenBuffer } from "../token-buffer.ts";
import { TokenMatcher } from "../token-matcher.ts";
import type { NormalizerTable } from "../unicode.ts";
import { normalizeText } from "./normalized-text.ts";
import type { Scanner } from "./scanner.ts";

export class AddedTokenScanner implements Scanner {
  readonly #inner: Scanner;
  readonly #table: NormalizerTable;
  /** The tokens to find in the text as written. */
  readonly #written: TokenMatcher;
  /** The tokens to find in the normalised text. */
  readonly #normalized: TokenMatcher;

  /** @param inner the scanner of the text between added tokens */
  constructor(inner: Scanner, { tokens }: AddedTokens, table: NormalizerTable) {
    this.#inner = inner;
    this.#table = table;
    const written = tokens.filter(({ normalized }) => !normalized);
    const normalized = tokens.filter((token) => token.normalized);
    this.#written = new TokenMatcher(written.map((token) => ({ text: token.content, token })));
    this.#normalized = new TokenMatcher(
      normalized.map((token) => ({ text: normalizeText(token.content, table).text, token })),
    );
  }

  scan(text: string, from: number, to: number, out: TokenBuffer, limit: number): void {
    if (this.#normalized.isEmpty && !this.#written.mayMatch(text, from, to)) {
      this.#inner.scan(text, from, to, out, limit);
      return;
    }
    const piece = (start: number, end: number): void => {
      if (out.length < limit) this.#inner.scan(text, start, end, out, limit);
    };
    const push = (token: AddedToken, start: number, end: number): void => {
      out.push(token.id, start, end);
      out.wordCount++;
    };
    const between = this.#normalized.isEmpty
      ? piece
      : (start: number, end: number) => this.#splitNormalized(text, start, end, piece, push);
    splitAtTokens(text, this.#written, between, push, from, to);
  }

  /** Looks for tokens in the normalised text[from, to), and passes on ranges of the text as written. */
  #splitNormalized(
    text: string,
    from: number,
    to: number,
    piece: (from: number, to: number) => void,
    push: (token: AddedToken, from: number, to: number) => void,
  ): void {
    const { text: folded, starts, ends } = normalizeText(text.slice(from, to), this.#table);
    splitAtTokens(
      folded,
      this.#normalized,
      (first, last) => piece(from + starts[first]!, from + ends[last - 1]!),
      (token, first, last) => push(token, from + starts[first]!, from + ends[last - 1]!),
    );
  }
}
