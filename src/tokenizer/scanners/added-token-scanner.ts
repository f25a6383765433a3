// Cuts added tokens out of a text and leaves the text between them to another scanner, as the reference's fast tokenizers do.
import { type AddedToken, splitAtTokens } from "../added-tokens.ts";
import type { TokenBuffer } from "../token-buffer.ts";
import { TokenMatcher } from "../token-matcher.ts";
import type { NormalizedText } from "./normalized-text.ts";
import type { Scanner } from "./scanner.ts";

export class AddedTokenScanner implements Scanner {
  readonly #inner: Scanner;
  readonly #normalize: ((text: string) => NormalizedText) | undefined;
  /** The tokens to find in the text as written. */
  readonly #written: TokenMatcher;
  /** The tokens to find in the normalised text. */
  readonly #normalized: TokenMatcher;

  /**
   * @param inner the scanner of the text between added tokens
   * @param tokens those to find
   * @param normalize what normalised tokens are found in; none when a text is cut as it is written
   */
  constructor(inner: Scanner, tokens: readonly AddedToken[], normalize?: (text: string) => NormalizedText) {
    this.#inner = inner;
    this.#normalize = normalize;
    const patterns = (of: readonly AddedToken[], fold: (text: string) => string) =>
      new TokenMatcher(of.map((token) => ({ text: fold(token.content), token })));
    this.#written = patterns(
      tokens.filter(({ normalized }) => !normalized),
      (text) => text,
    );
    this.#normalized = patterns(
      tokens.filter(({ normalized }) => normalized),
      (text) => normalize?.(text).text ?? text,
    );
  }

  scan(text: string, from: number, to: number, out: TokenBuffer, limit: number): void {
    const mayHoldNormalized = this.#normalize ? !this.#normalized.isEmpty : this.#normalized.mayMatch(text, from, to);
    if (!mayHoldNormalized && !this.#written.mayMatch(text, from, to)) {
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
    const between = mayHoldNormalized
      ? (start: number, end: number) => this.#splitNormalized(text, start, end, piece, push)
      : piece;
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
    if (!this.#normalize) {
      splitAtTokens(text, this.#normalized, piece, push, from, to);
      return;
    }
    const { text: folded, starts, ends } = this.#normalize(text.slice(from, to));
    if (!this.#normalized.mayMatch(folded, 0, folded.length)) {
      piece(from, to);
      return;
    }
    splitAtTokens(
      folded,
      this.#normalized,
      (first, last) => piece(from + starts[first]!, from + ends[last - 1]!),
      (token, first, last) => push(token, from + starts[first]!, from + ends[last - 1]!),
    );
  }
}
