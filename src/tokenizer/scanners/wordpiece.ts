// WordPiece in one pass over a text: clean, fold to lower case, split into words, cut each word into vocabulary pieces. The hot path, on
// typed arrays; the caller cuts added tokens out before it and puts special tokens around after it.
import { FNV1A_SEED, fnv1a } from "../../digest.ts";
import { BertletError } from "../../errors.ts";
import type { TokenBuffer } from "../token-buffer.ts";
import { DROP, EXPAND, HANGUL, IDEOGRAPH, LETTER, type NormalizerTable, PUNCTUATION, SPACE } from "../unicode.ts";
import type { Vocabulary } from "../vocabulary.ts";
import type { Scanner } from "./scanner.ts";

const REPLACEMENT = 0xfffd;
const LARGEST_WORD = 4096;

/** The values of `NormalizerTable.ascii` that are not a byte to emit. */
const DROPPED_BYTE = 0;
const SPACE_BYTE = 1;
const PUNCTUATION_BYTE = 2;

export interface WordPieceOptions {
  unkId: number;
  /** Words of more characters (code points after folding) are unknown. */
  maxInputCharsPerWord: number;
  /** The prefix of pieces that continue a word, usually `##`. */
  continuingSubwordPrefix: string;
}

/**
 * The WordPiece scanner for one normaliser table and one vocabulary. Its work is linear in the text: each character is folded once, the part
 * of a word beyond the limit is not stored, and a piece tries at most as many lengths as the longest token has bytes.
 */
export class WordPiece implements Scanner {
  readonly #table: NormalizerTable;
  readonly #vocabulary: Vocabulary;
  readonly #unkId: number;
  readonly #maxChars: number;
  readonly #prefixSize: number;
  readonly #prefixHash: number;
  /** The current word, folded, in UTF-8. */
  readonly #bytes: Uint8Array;
  /** `bytes` as the vocabulary compares them, four at a time. */
  readonly #words: Int32Array;
  /** The prefix, then the bytes of the word that are not yet cut into pieces. */
  readonly #piece: Uint8Array;
  readonly #pieceWords: Int32Array;
  /** The source of byte i of the word: twice its UTF-16 index, plus one for a surrogate pair. */
  readonly #origins: Int32Array;
  readonly #hashes: Int32Array;
  #size = 0;
  #chars = 0;
  #hash = FNV1A_SEED;
  #start = 0;
  #end = 0;
  /** Whether byte i of the word is UTF-16 unit `start + i` of the text; `origins` is not filled in then. */
  #isPlain = true;
  #pieceId = -1;

  constructor(vocabulary: Vocabulary, table: NormalizerTable, options: WordPieceOptions) {
    const { unkId, maxInputCharsPerWord, continuingSubwordPrefix } = options;
    if (!(Number.isInteger(maxInputCharsPerWord) && maxInputCharsPerWord > 0 && maxInputCharsPerWord <= LARGEST_WORD)) {
      throw new BertletError("invalid_config", `max_input_chars_per_word must be in 1…${LARGEST_WORD}`);
    }
    this.#vocabulary = vocabulary;
    this.#table = table;
    this.#unkId = unkId;
    this.#maxChars = maxInputCharsPerWord;
    const prefix = new TextEncoder().encode(continuingSubwordPrefix);
    this.#prefixSize = prefix.length;
    this.#prefixHash = prefix.reduce(fnv1a, FNV1A_SEED);
    this.#words = new Int32Array(maxInputCharsPerWord);
    this.#bytes = new Uint8Array(this.#words.buffer);
    this.#origins = new Int32Array(this.#bytes.length);
    this.#pieceWords = new Int32Array(maxInputCharsPerWord + prefix.length);
    this.#piece = new Uint8Array(this.#pieceWords.buffer);
    this.#piece.set(prefix);
    this.#hashes = new Int32Array(this.#piece.length + 1);
  }

  scan(text: string, from: number, to: number, out: TokenBuffer, limit: number): void {
    const { ascii, pages, entries } = this.#table;
    this.#reset();
    let i = from;
    while (i < to && out.length < limit) {
      const at = i;
      const unit = text.charCodeAt(i++);
      if (unit < 128) {
        const byte = ascii[unit]!;
        if (byte > PUNCTUATION_BYTE) {
          if (this.#chars === 0) i = this.#plainWord(text, at, to, out);
          else this.#emit(byte, at, i);
        } else if (byte !== DROPPED_BYTE) {
          if (this.#chars > 0) this.#flush(out);
          if (byte === PUNCTUATION_BYTE) this.#alone(unit, at, i, out);
        }
        continue;
      }
      let cp = unit;
      if ((unit & 0xf800) === 0xd800) {
        const low = unit < 0xdc00 && i < to ? text.charCodeAt(i) : 0;
        if ((low & 0xfc00) === 0xdc00) {
          cp = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
          i++;
        } else cp = REPLACEMENT; // a lone surrogate, as a conversion to UTF-8 would write it
      }
      const entry = entries[(pages[cp >> 8]! << 8) | (cp & 255)]!;
      switch (entry & 7) {
        case LETTER:
          this.#emit(cp + (entry >> 3), at, i);
          break;
        case DROP:
          break;
        case SPACE:
          if (this.#chars > 0) this.#flush(out);
          break;
        case PUNCTUATION:
        case IDEOGRAPH:
          if (this.#chars > 0) this.#flush(out);
          this.#alone(cp + (entry >> 3), at, i, out);
          break;
        case EXPAND:
          this.#expand(entry >> 3, at, i);
          break;
        case HANGUL:
          this.#jamo(cp, at, i);
          break;
      }
    }
    if (this.#chars > 0 && out.length < limit) this.#flush(out);
  }

  /**
   * Reads the ASCII letters of a word at the start of text[from, to). A word that ends there goes straight to `out`, without a record of where
   * each byte came from; otherwise the letters become the beginning of the current word. Returns the index where it stopped.
   */
  #plainWord(text: string, from: number, to: number, out: TokenBuffer): number {
    const { ascii } = this.#table;
    const bytes = this.#bytes;
    const maxChars = this.#maxChars;
    let i = from;
    let size = 0;
    let hash = FNV1A_SEED;
    let byte = ascii[text.charCodeAt(i)]!;
    do {
      bytes[size++] = byte;
      hash = fnv1a(hash, byte);
      if (++i === to) break;
      const unit = text.charCodeAt(i);
      byte = unit < 128 ? ascii[unit]! : DROPPED_BYTE;
    } while (byte > PUNCTUATION_BYTE && size < maxChars);

    const isWhole = i === to || byte === SPACE_BYTE || byte === PUNCTUATION_BYTE;
    const id = isWhole ? this.#vocabulary.find(hash, this.#words, size) : -1;
    if (id >= 0) {
      out.push(id, from, i);
      out.wordCount++;
      return i;
    }
    this.#start = from;
    this.#end = i;
    this.#size = size;
    this.#chars = size;
    this.#hash = hash;
    if (isWhole) {
      this.#pieces(out);
      out.wordCount++;
      this.#reset();
    } else {
      for (let at = 0; at < size; at++) this.#origins[at] = (from + at) << 1;
      this.#isPlain = false;
    }
    return i;
  }

  /** Appends the pieces of one word that is already normalised. */
  word(text: string, out: TokenBuffer): void {
    this.#reset();
    let at = 0;
    for (const char of text) {
      this.#emit(char.codePointAt(0)!, at, at + char.length);
      at += char.length;
    }
    this.#flush(out);
  }

  #reset(): void {
    this.#size = 0;
    this.#chars = 0;
    this.#hash = FNV1A_SEED;
    this.#isPlain = true;
  }

  /** Appends one folded code point, which came from text[start, end), to the current word. */
  #emit(cp: number, start: number, end: number): void {
    if (this.#chars++ === 0) {
      this.#start = start;
      this.#isPlain = false;
    }
    this.#end = end;
    if (this.#chars > this.#maxChars) return;
    const origin = (start << 1) | (end - start - 1);
    if (cp < 0x80) this.#store(cp, origin);
    else {
      if (cp < 0x800) this.#store(0xc0 | (cp >> 6), origin);
      else {
        if (cp < 0x10000) this.#store(0xe0 | (cp >> 12), origin);
        else {
          this.#store(0xf0 | (cp >> 18), origin);
          this.#store(0x80 | ((cp >> 12) & 63), origin);
        }
        this.#store(0x80 | ((cp >> 6) & 63), origin);
      }
      this.#store(0x80 | (cp & 63), origin);
    }
  }

  #store(byte: number, origin: number): void {
    this.#bytes[this.#size] = byte;
    this.#origins[this.#size++] = origin;
    this.#hash = fnv1a(this.#hash, byte);
  }

  #alone(cp: number, start: number, end: number, out: TokenBuffer): void {
    this.#emit(cp, start, end);
    this.#flush(out);
  }

  #expand(at: number, start: number, end: number): void {
    const { expansions } = this.#table;
    for (let i = 1; i <= expansions[at]!; i++) this.#emit(expansions[at + i]!, start, end);
  }

  /** Hangul syllables decompose by arithmetic: 19 leading consonants, 21 vowels, 27 trailing consonants or none. */
  #jamo(cp: number, start: number, end: number): void {
    const syllable = cp - 0xac00;
    this.#emit(0x1100 + Math.trunc(syllable / 588), start, end);
    this.#emit(0x1161 + Math.trunc((syllable % 588) / 28), start, end);
    if (syllable % 28 > 0) this.#emit(0x11a7 + (syllable % 28), start, end);
  }

  /** Ends the current word: one token if the vocabulary has it whole, else its pieces. */
  #flush(out: TokenBuffer): void {
    if (this.#chars > this.#maxChars) out.push(this.#unkId, this.#start, this.#end);
    else {
      const id = this.#vocabulary.find(this.#hash, this.#words, this.#size);
      if (id >= 0) out.push(id, this.#start, this.#end);
      else this.#pieces(out);
    }
    out.wordCount++;
    this.#reset();
  }

  /** Greedy longest match from the left; a word with a part that no piece matches is unknown as a whole. */
  #pieces(out: TokenBuffer): void {
    const bytes = this.#bytes;
    const piece = this.#piece;
    const prefixSize = this.#prefixSize;
    const size = this.#size;
    const before = out.length;
    let from = 0;
    let length = this.#longestPiece(bytes, this.#words, 0, size - 1, FNV1A_SEED);
    while (length > 0) {
      out.push(this.#pieceId, this.#sourceStart(from), this.#sourceEnd(from + length));
      from += length;
      if (from === size) return;
      const rest = Math.min(size - from, this.#vocabulary.longest - prefixSize);
      for (let i = 0; i < rest; i++) piece[prefixSize + i] = bytes[from + i]!;
      length = this.#longestPiece(piece, this.#pieceWords, prefixSize, rest, this.#prefixHash);
    }
    out.length = before;
    out.push(this.#unkId, this.#start, this.#end);
  }

  /** Finds the longest token of `head` bytes and up to `limit` more. Returns how many more (0 for none), with its id in `pieceId`. */
  #longestPiece(bytes: Uint8Array, words: Int32Array, head: number, limit: number, seed: number): number {
    const hashes = this.#hashes;
    const vocabulary = this.#vocabulary;
    const end = head + Math.min(limit, vocabulary.longest - head);
    let hash = seed;
    for (let i = head; i < end; i++) {
      hash = fnv1a(hash, bytes[i]!);
      hashes[i + 1] = hash;
    }
    // Lengths that end inside a character never match; skipping the test for them is cheaper than making it.
    for (let to = end; to > head; to--) {
      this.#pieceId = vocabulary.find(hashes[to]!, words, to);
      if (this.#pieceId >= 0) return to - head;
    }
    return 0;
  }

  /** The index in the text at which byte `at` of the word begins. */
  #sourceStart(at: number): number {
    return this.#isPlain ? this.#start + at : this.#origins[at]! >> 1;
  }

  /** The index in the text at which the character ends whose last byte is before `at`. */
  #sourceEnd(at: number): number {
    if (this.#isPlain) return this.#start + at;
    const origin = this.#origins[at - 1]!;
    return (origin >> 1) + 1 + (origin & 1);
  }
}
