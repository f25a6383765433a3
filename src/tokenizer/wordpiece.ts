// The hot path: one pass over a text that cleans, folds, splits it into words and cuts each word into vocabulary pieces.
// Typed arrays throughout; added tokens are cut out before it, special tokens put around after it.
import { BertletError } from "../errors.ts";
import type { TokenBuffer } from "./token-buffer.ts";
import { DROP, EXPAND, HANGUL, IDEOGRAPH, LETTER, type NormalizerTable, PUNCTUATION, SPACE } from "./unicode.ts";
import { HASH_SEED, hashByte, type Vocabulary } from "./vocabulary.ts";

const REPLACEMENT = 0xfffd;
const LARGEST_WORD = 4096;

/** What `NormalizerTable.ascii` says beside the byte to emit. */
const DROPPED_BYTE = 0;
const SPACE_BYTE = 1;
const PUNCTUATION_BYTE = 2;

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
  private readonly prefixSize: number;
  private readonly prefixHash: number;
  /** The word at hand, folded, in UTF-8; `places[i]` says where byte i came from: twice its UTF-16 index, plus one for a surrogate pair. */
  private readonly bytes: Uint8Array;
  /** `bytes` and `piece` four at a time, as the vocabulary compares them. */
  private readonly words: Int32Array;
  /** The prefix, and behind it the bytes of the word that are not yet cut into pieces. */
  private readonly piece: Uint8Array;
  private readonly pieceWords: Int32Array;
  private readonly places: Int32Array;
  private readonly hashes: Int32Array;
  private size = 0;
  private chars = 0;
  private hash = HASH_SEED;
  private start = 0;
  private end = 0;
  /** Whether byte i of the word is the source's unit `start + i`, so that `places` was not written. */
  private isPlain = true;
  private pieceId = -1;

  constructor(vocabulary: Vocabulary, table: NormalizerTable, options: WordPieceOptions) {
    const { unkId, maxInputCharsPerWord, continuingSubwordPrefix } = options;
    if (!(Number.isInteger(maxInputCharsPerWord) && maxInputCharsPerWord > 0 && maxInputCharsPerWord <= LARGEST_WORD)) {
      throw new BertletError("invalid_config", `max_input_chars_per_word must lie in 1…${LARGEST_WORD}`);
    }
    this.vocabulary = vocabulary;
    this.table = table;
    this.unkId = unkId;
    this.maxChars = maxInputCharsPerWord;
    const prefix = new TextEncoder().encode(continuingSubwordPrefix);
    this.prefixSize = prefix.length;
    this.prefixHash = prefix.reduce(hashByte, HASH_SEED);
    this.words = new Int32Array(maxInputCharsPerWord);
    this.bytes = new Uint8Array(this.words.buffer);
    this.places = new Int32Array(this.bytes.length);
    this.pieceWords = new Int32Array(maxInputCharsPerWord + prefix.length);
    this.piece = new Uint8Array(this.pieceWords.buffer);
    this.piece.set(prefix);
    this.hashes = new Int32Array(this.piece.length + 1);
  }

  /** Adds the tokens of text[from, to) to `out`, and may stop once `out` holds `limit` tokens. */
  scan(text: string, from: number, to: number, out: TokenBuffer, limit: number): void {
    const { ascii, pages, entries } = this.table;
    this.reset();
    let i = from;
    while (i < to && out.length < limit) {
      const at = i;
      const unit = text.charCodeAt(i++);
      if (unit < 128) {
        const byte = ascii[unit]!;
        if (byte > PUNCTUATION_BYTE) {
          if (this.chars === 0) i = this.plainWord(text, at, to, out);
          else this.emit(byte, at, i);
        } else if (byte !== DROPPED_BYTE) {
          if (this.chars > 0) this.flush(out);
          if (byte === PUNCTUATION_BYTE) this.alone(unit, at, i, out);
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
          this.emit(cp + (entry >> 3), at, i);
          break;
        case DROP:
          break;
        case SPACE:
          if (this.chars > 0) this.flush(out);
          break;
        case PUNCTUATION:
        case IDEOGRAPH:
          if (this.chars > 0) this.flush(out);
          this.alone(cp + (entry >> 3), at, i, out);
          break;
        case EXPAND:
          this.expand(entry >> 3, at, i);
          break;
        case HANGUL:
          this.jamo(cp, at, i);
          break;
      }
    }
    if (this.chars > 0 && out.length < limit) this.flush(out);
  }

  /**
   * Reads a word from text[from, to) as far as it is letters of ASCII, as most words are from end to end. Those need no record of where each byte
   * came from, and go straight to `out`; any other becomes the word at hand. Returns where it stopped.
   */
  private plainWord(text: string, from: number, to: number, out: TokenBuffer): number {
    const { ascii } = this.table;
    const { bytes, maxChars } = this;
    let i = from;
    let size = 0;
    let hash = HASH_SEED;
    let byte = ascii[text.charCodeAt(i)]!;
    do {
      bytes[size++] = byte;
      hash = hashByte(hash, byte);
      if (++i === to) break;
      const unit = text.charCodeAt(i);
      byte = unit < 128 ? ascii[unit]! : DROPPED_BYTE;
    } while (byte > PUNCTUATION_BYTE && size < maxChars);

    const isWhole = i === to || byte === SPACE_BYTE || byte === PUNCTUATION_BYTE;
    const id = isWhole ? this.vocabulary.find(hash, this.words, size) : -1;
    if (id >= 0) {
      out.push(id, from, i);
      out.wordCount++;
      return i;
    }
    this.start = from;
    this.end = i;
    this.size = size;
    this.chars = size;
    this.hash = hash;
    if (isWhole) {
      this.pieces(out);
      out.wordCount++;
      this.reset();
    } else {
      for (let at = 0; at < size; at++) this.places[at] = (from + at) << 1;
      this.isPlain = false;
    }
    return i;
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
    this.isPlain = true;
  }

  /** Adds one folded code point, which text[start, end) wrote, to the word at hand. */
  private emit(cp: number, start: number, end: number): void {
    if (this.chars++ === 0) {
      this.start = start;
      this.isPlain = false;
    }
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
      const id = this.vocabulary.find(this.hash, this.words, this.size);
      if (id >= 0) out.push(id, this.start, this.end);
      else this.pieces(out);
    }
    out.wordCount++;
    this.reset();
  }

  /** Longest match first, from the left; a word with a part that no piece matches is unknown as a whole. */
  private pieces(out: TokenBuffer): void {
    const { bytes, piece, prefixSize, size } = this;
    const before = out.length;
    let from = 0;
    let length = this.longestPiece(bytes, this.words, 0, size - 1, HASH_SEED);
    while (length > 0) {
      out.push(this.pieceId, this.sourceStart(from), this.sourceEnd(from + length));
      from += length;
      if (from === size) return;
      const rest = Math.min(size - from, this.vocabulary.longest - prefixSize);
      for (let i = 0; i < rest; i++) piece[prefixSize + i] = bytes[from + i]!;
      length = this.longestPiece(piece, this.pieceWords, prefixSize, rest, this.prefixHash);
    }
    out.length = before;
    out.push(this.unkId, this.start, this.end);
  }

  /** The longest token of `head` bytes and then up to `limit` more: how many more (0 for none), and its id in `pieceId`. */
  private longestPiece(bytes: Uint8Array, words: Int32Array, head: number, limit: number, seed: number): number {
    const { hashes, vocabulary } = this;
    const end = head + Math.min(limit, vocabulary.longest - head);
    let hash = seed;
    for (let i = head; i < end; i++) {
      hash = hashByte(hash, bytes[i]!);
      hashes[i + 1] = hash;
    }
    // No token ends within a character, so places between its bytes are tried in vain; that is cheaper than to tell them.
    for (let to = end; to > head; to--) {
      this.pieceId = vocabulary.find(hashes[to]!, words, to);
      if (this.pieceId >= 0) return to - head;
    }
    return 0;
  }

  /** The source index where byte `at` of the word begins. */
  private sourceStart(at: number): number {
    return this.isPlain ? this.start + at : this.places[at]! >> 1;
  }

  /** The source index where the character ends whose last byte is before `at`. */
  private sourceEnd(at: number): number {
    if (this.isPlain) return this.start + at;
    const place = this.places[at - 1]!;
    return (place >> 1) + 1 + (place & 1);
  }
}
