// The hot path: one pass over a text that cleans, folds, splits it into words and cuts each word into vocabulary pieces.
// Typed arrays throughout; added tokens are cut out before it, special tokens put around after it.
import { BertletError } from "../errors.ts";
import type { TokenBuffer } from "./token-buffer.ts";
import { DROP, EXPAND, HANGUL, IDEOGRAPH, LETTER, type NormalizerTable, PUNCTUATION, SPACE } from "./unicode.ts";
import { HASH_SEED, hashByte, type Vocabulary } from "./vocabulary.ts";

const REPLACEMENT = 0xfffd;
const LARGEST_WORD = 4096;
const NO_PREFIX = new Uint8Array(0);

export interface WordPieceOptions {
  unkId: number;
  /** Words of more characters (code points after folding) are unknown. */
  maxInputCharsPerWord: number;
  /** What marks a piece that continues a word, usually `##`. */
  continuingSubwordPrefix: string;
}

/**
 * Scans texts with one table and one vocabulary. Steps grow with the text alone: a character is folded once, a word longer than the limit is
 * not stored, and each piece tries at most as many lengths as the longest token has bytes.
 */
export class WordPiece {
  private readonly table: NormalizerTable;
  private readonly vocabulary: Vocabulary;
  private readonly unkId: number;
  private readonly maxChars: number;
  private readonly prefix: Uint8Array;
  private readonly prefixHash: number;
  /** The word at hand, folded, in UTF-8; `places[i]` says where byte i came from: twice its UTF-16 index, plus one for a surrogate pair. */
  private readonly bytes: Uint8Array;
  private readonly places: Int32Array;
  private readonly hashes: Int32Array;
  private size = 0;
  private chars = 0;
  private hash = HASH_SEED;
  private start = 0;
  private end = 0;

  constructor(vocabulary: Vocabulary, table: NormalizerTable, options: WordPieceOptions) {
    const { unkId, maxInputCharsPerWord, continuingSubwordPrefix } = options;
    if (!(Number.isInteger(maxInputCharsPerWord) && maxInputCharsPerWord > 0 && maxInputCharsPerWord <= LARGEST_WORD)) {
      throw new BertletError("invalid_config", `max_input_chars_per_word must lie in 1…${LARGEST_WORD}`);
    }
    this.vocabulary = vocabulary;
    this.table = table;
    this.unkId = unkId;
    this.maxChars = maxInputCharsPerWord;
    this.prefix = new TextEncoder().encode(continuingSubwordPrefix);
    this.prefixHash = this.prefix.reduce(hashByte, HASH_SEED);
    this.bytes = new Uint8Array(4 * maxInputCharsPerWord);
    this.places = new Int32Array(4 * maxInputCharsPerWord);
    this.hashes = new Int32Array(4 * maxInputCharsPerWord);
  }

  /** Adds the tokens of text[from, to) to `out`, and may stop once `out` holds `limit` tokens. */
  scan(text: string, from: number, to: number, out: TokenBuffer, limit: number): void {
    const { ascii, pages, entries } = this.table;
    const { bytes, places, maxChars } = this;
    this.reset();
    for (let i = from; i < to; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 128) {
        const byte = ascii[unit]!;
        if (byte > 2) {
          // As in `emit`, here without a call for the sake of plain text.
          const chars = this.chars++;
          if (chars === 0) this.start = i;
          this.end = i + 1;
          if (chars < maxChars) {
            const size = this.size++;
            bytes[size] = byte;
            places[size] = i << 1;
            this.hash = hashByte(this.hash, byte);
          }
          continue;
        }
        if (byte === 0) continue;
        if (this.chars > 0) this.flush(out);
        if (byte === 2) this.alone(unit, i, i + 1, out);
        if (out.length >= limit) return;
        continue;
      }
      const at = i;
      let cp = unit;
      if ((unit & 0xf800) === 0xd800) {
        const low = unit < 0xdc00 && i + 1 < to ? text.charCodeAt(i + 1) : 0;
        if ((low & 0xfc00) === 0xdc00) {
          cp = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
          i++;
        } else cp = REPLACEMENT; // a lone surrogate, as a conversion to UTF-8 would write it
      }
      const entry = entries[(pages[cp >> 8]! << 8) | (cp & 255)]!;
      switch (entry & 7) {
        case LETTER:
          this.emit(cp + (entry >> 3), at, i + 1);
          break;
        case DROP:
          break;
        case SPACE:
          if (this.chars > 0) this.flush(out);
          break;
        case PUNCTUATION:
        case IDEOGRAPH:
          if (this.chars > 0) this.flush(out);
          this.alone(cp + (entry >> 3), at, i + 1, out);
          break;
        case EXPAND:
          this.expand(entry >> 3, at, i + 1);
          break;
        case HANGUL:
          this.jamo(cp, at, i + 1);
          break;
      }
      if (out.length >= limit) return;
    }
    if (this.chars > 0) this.flush(out);
  }

  /** Adds the pieces of one word that is folded already. */
  word(text: string, out: TokenBuffer): void {
    this.reset();
    let at = 0;
    for (const char of text) {
      this.emit(char.codePointAt(0)!, at, at + char.length);
      at += char.length;
    }
    this.flush(out);
  }

  private reset(): void {
    this.size = 0;
    this.chars = 0;
    this.hash = HASH_SEED;
  }

  /** Adds one folded code point, which text[start, end) wrote, to the word at hand. */
  private emit(cp: number, start: number, end: number): void {
    if (this.chars++ === 0) this.start = start;
    this.end = end;
    if (this.chars > this.maxChars) return;
    const place = (start << 1) | (end - start - 1);
    if (cp < 0x80) this.store(cp, place);
    else {
      if (cp < 0x800) this.store(0xc0 | (cp >> 6), place);
      else {
        if (cp < 0x10000) this.store(0xe0 | (cp >> 12), place);
        else {
          this.store(0xf0 | (cp >> 18), place);
          this.store(0x80 | ((cp >> 12) & 63), place);
        }
        this.store(0x80 | ((cp >> 6) & 63), place);
      }
      this.store(0x80 | (cp & 63), place);
    }
  }

  private store(byte: number, place: number): void {
    this.bytes[this.size] = byte;
    this.places[this.size++] = place;
    this.hash = hashByte(this.hash, byte);
  }

  private alone(cp: number, start: number, end: number, out: TokenBuffer): void {
    this.emit(cp, start, end);
    this.flush(out);
  }

  private expand(at: number, start: number, end: number): void {
    const { expansions } = this.table;
    for (let i = 1; i <= expansions[at]!; i++) this.emit(expansions[at + i]!, start, end);
  }

  /** Hangul syllables decompose by arithmetic: 19 leading consonants, 21 vowels, 27 trailing consonants or none. */
  private jamo(cp: number, start: number, end: number): void {
    const syllable = cp - 0xac00;
    this.emit(0x1100 + Math.trunc(syllable / 588), start, end);
    this.emit(0x1161 + Math.trunc((syllable % 588) / 28), start, end);
    if (syllable % 28 > 0) this.emit(0x11a7 + (syllable % 28), start, end);
  }

  /** Ends the word at hand: one token where the vocabulary has it whole, else its pieces. */
  private flush(out: TokenBuffer): void {
    if (this.chars > this.maxChars) out.push(this.unkId, this.start, this.end);
    else {
      const id = this.vocabulary.find(this.hash, NO_PREFIX, this.bytes, 0, this.size);
      if (id >= 0) out.push(id, this.start, this.end);
      else this.pieces(out);
    }
    out.wordCount++;
    this.reset();
  }

  /** Longest match first, from the left; a word with a part that no piece matches is unknown as a whole. */
  private pieces(out: TokenBuffer): void {
    const { bytes, places, size, vocabulary } = this;
    const first = out.length;
    let from = 0;
    while (from < size) {
      const prefix = from === 0 ? NO_PREFIX : this.prefix;
      const to = this.longestPiece(from, prefix, from === 0 ? HASH_SEED : this.prefixHash);
      if (to === from) {
        out.length = first;
        out.push(this.unkId, this.start, this.end);
        return;
      }
      const id = vocabulary.find(this.hashes[to - 1]!, prefix, bytes, from, to);
      const last = places[to - 1]!;
      out.push(id, places[from]! >> 1, (last >> 1) + 1 + (last & 1));
      from = to;
    }
  }

  /** The end of the longest piece that starts at byte `from`, or `from` where there is none. */
  private longestPiece(from: number, prefix: Uint8Array, seed: number): number {
    const { bytes, hashes, size, vocabulary } = this;
    const limit = Math.min(size, from + vocabulary.longest - prefix.length);
    let hash = seed;
    for (let i = from; i < limit; i++) {
      hash = hashByte(hash, bytes[i]!);
      hashes[i] = hash;
    }
    for (let to = limit; to > from; to--) {
      if (to < size && (bytes[to]! & 0xc0) === 0x80) continue;
      if (vocabulary.find(hashes[to - 1]!, prefix, bytes, from, to) >= 0) return to;
    }
    return from;
  }
}
