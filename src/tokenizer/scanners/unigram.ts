// Unigram (Kudo, "Subword regularization", 2018): of all ways to cut a word into pieces, the most probable one, found by Viterbi's algorithm
// in time linear in the text. Words begin where a space was, which ▁ stands for.

import { splitAtTokens } from "../added-tokens.ts";
import type { TokenBuffer } from "../token-buffer.ts";
import type { TokenMatcher } from "../token-matcher.ts";
import { type AlignedText, alignText, push, slice, toText } from "../unigram/aligned-text.ts";
import { childOf, leafAt, valueAt } from "../unigram/double-array.ts";
import type { Pieces } from "../unigram/pieces.ts";
import { writeUtf8 } from "../utf8.ts";
import type { Scanner } from "./scanner.ts";

/** What a space is written as. */
export const SPACE_MARK = 0x2581;
const SPACE = 0x20;
/** How much less probable a character without a piece is than the least probable piece. */
const UNKNOWN_PENALTY = 10;

export interface UnigramScannerOptions {
  readonly unkId: number;
  readonly prependScheme: "always" | "first" | "never";
  /** Whether white space of any kind ends a word and is dropped. */
  readonly splitsAtWhitespace: boolean;
  /** What is done to a text before it is cut. */
  readonly normalize: (text: AlignedText) => AlignedText;
  /** Added tokens to find in the normalised text. */
  readonly added: TokenMatcher;
}

export class Unigram implements Scanner {
  readonly #pieces: Pieces;
  readonly #options: UnigramScannerOptions;
  /** The word at hand in UTF-8, and the index of the character of each byte. */
  #bytes = new Uint8Array(256);
  #chars = new Int32Array(256);
  /** By byte: the score of the best way to it, where that way's last piece begins, and the piece's id. */
  #scores = new Float64Array(257);
  #starts = new Int32Array(257);
  #ids = new Int32Array(257);
  #size = 0;

  constructor(pieces: Pieces, options: UnigramScannerOptions) {
    this.#pieces = pieces;
    this.#options = options;
  }

  scan(text: string, from: number, to: number, out: TokenBuffer, limit: number): void {
    const { normalize, added } = this.#options;
    const normalized = normalize(alignText(text, from, to));
    const whole = toText(normalized);
    if (!added.mayMatch(whole, 0, whole.length)) {
      this.#segment(normalized, out, limit);
      return;
    }
    const { starts, ends } = normalized;
    const charAt = charIndices(normalized);
    splitAtTokens(
      whole,
      added,
      (first, last) => this.#segment(slice(normalized, charAt[first]!, charAt[last]!), out, limit),
      (token, first, last) => {
        out.push(token.id, starts[charAt[first]!]!, ends[charAt[last]! - 1]!);
        out.wordCount++;
      },
    );
  }

  /** Appends the tokens of a text between added tokens. */
  #segment(text: AlignedText, out: TokenBuffer, limit: number): void {
    const { prependScheme, splitsAtWhitespace } = this.#options;
    if (splitsAtWhitespace) this.#words(markWords(text), false, out, limit);
    else
      this.#words(text, prependScheme === "always" || (prependScheme === "first" && text.starts[0] === 0), out, limit);
  }

  /** Appends the tokens of a text whose words begin at spaces or their marks. @param prepends whether a mark goes before the first */
  #words(text: AlignedText, prepends: boolean, out: TokenBuffer, limit: number): void {
    const { chars } = text;
    for (let first = 0; first < chars.length && out.length < limit; ) {
      let last = first + 1;
      while (last < chars.length && chars[last] !== SPACE && chars[last] !== SPACE_MARK) last++;
      const isMarked = chars[first] === SPACE || chars[first] === SPACE_MARK;
      this.#word(text, first, last, prepends && first === 0 && !isMarked, out);
      first = last;
    }
  }

  /** Appends the pieces of characters [first, last). Unknown characters side by side are one token. */
  #word(text: AlignedText, first: number, last: number, prepends: boolean, out: TokenBuffer): void {
    this.#encode(text, first, last, prepends);
    this.#findBest();
    const { unkId } = this.#options;
    // The way leads back from the end.
    const before = out.length;
    let isUnknown = false;
    for (let end = this.#size; end > 0; end = this.#starts[end]!) {
      const start = this.#starts[end]!;
      const id = this.#ids[end]!;
      const begins = text.starts[this.#chars[start]!]!;
      if (id === unkId && isUnknown) out.offsets[2 * (out.length - 1)] = begins;
      else out.push(id, begins, text.ends[this.#chars[end - 1]!]!);
      isUnknown = id === unkId;
    }
    reverse(out, before);
    out.wordCount++;
  }

  /** Writes characters [first, last) as UTF-8, spaces as marks; `prepends` one, which has the place of the first character. */
  #encode(text: AlignedText, first: number, last: number, prepends: boolean): void {
    this.#reserve(4 * (last - first + 1));
    let size = 0;
    const [bytes, chars] = [this.#bytes, this.#chars];
    for (let i = prepends ? first - 1 : first; i < last; i++) {
      const cp = i < first || text.chars[i] === SPACE ? SPACE_MARK : text.chars[i]!;
      const start = size;
      size = writeUtf8(cp, bytes, size);
      for (let at = start; at < size; at++) chars[at] = Math.max(i, first);
    }
    this.#size = size;
  }

  /** Fills in the best way to every character's end. */
  #findBest(): void {
    const { units, scores: pieceScores, leastScore } = this.#pieces;
    const { unkId } = this.#options;
    const [bytes, size, scores, starts, ids] = [this.#bytes, this.#size, this.#scores, this.#starts, this.#ids];
    const unknown = leastScore - UNKNOWN_PENALTY;
    starts.fill(-1, 0, size + 1);
    scores[0] = 0;
    for (let at = 0; at < size; ) {
      const here = scores[at]!;
      const next = at + charLength(bytes[at]!);
      let hasPiece = false;
      let node = 0;
      for (let end = at; end < size; ) {
        node = childOf(units, node, bytes[end++]!);
        if (node === 0) break;
        const leaf = leafAt(units, node);
        const id = leaf < 0 ? valueAt(units, node) : leaf;
        if (id < 0) continue;
        if (leaf >= 0) {
          const whole = this.#pieces.endOf(leaf, bytes, at, end, size);
          if (whole < 0) break;
          end = whole;
        }
        const score = here + pieceScores[id]!;
        if (starts[end]! < 0 || score > scores[end]!) {
          scores[end] = score;
          starts[end] = at;
          ids[end] = id;
        }
        if (end === next) hasPiece = true;
        if (leaf >= 0) break;
      }
      if (!hasPiece && (starts[next]! < 0 || here + unknown > scores[next]!)) {
        scores[next] = here + unknown;
        starts[next] = at;
        ids[next] = unkId;
      }
      at = next;
    }
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    this.#bytes = new Uint8Array(2 * bytes);
    this.#chars = new Int32Array(2 * bytes);
    this.#scores = new Float64Array(2 * bytes + 1);
    this.#starts = new Int32Array(2 * bytes + 1);
    this.#ids = new Int32Array(2 * bytes + 1);
  }
}

/** By UTF-16 unit of the text, its end included: the index of the character. */
function charIndices({ chars }: AlignedText): number[] {
  const indices: number[] = [];
  for (const [i, cp] of chars.entries()) {
    indices.push(i);
    if (cp > 0xffff) indices.push(i);
  }
  indices.push(chars.length);
  return indices;
}

/** The words between white space, each with a mark before it. */
function markWords({ chars, starts, ends }: AlignedText): AlignedText {
  const marked: AlignedText = { chars: [], starts: [], ends: [] };
  let isWithin = false;
  for (let i = 0; i < chars.length; i++) {
    const isSpace = WHITE_SPACE.test(String.fromCodePoint(chars[i]!));
    if (!isSpace && !isWithin && chars[i] !== SPACE_MARK) push(marked, SPACE_MARK, starts[i]!, ends[i]!);
    if (!isSpace) push(marked, chars[i]!, starts[i]!, ends[i]!);
    isWithin = !isSpace;
  }
  return marked;
}

const WHITE_SPACE = /\p{White_Space}/u;

/** The bytes of a character that begins with this one. */
function charLength(byte: number): number {
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/** Turns the tokens from `from` on around. */
function reverse({ ids, offsets, length }: TokenBuffer, from: number): void {
  for (let i = from, j = length - 1; i < j; i++, j--) {
    [ids[i], ids[j]] = [ids[j]!, ids[i]!];
    [offsets[2 * i], offsets[2 * j]] = [offsets[2 * j]!, offsets[2 * i]!];
    [offsets[2 * i + 1], offsets[2 * j + 1]] = [offsets[2 * j + 1]!, offsets[2 * i + 1]!];
  }
}
