// Byte-level BPE (Radford et al., "Language models are unsupervised multitask learners", 2019): a text is cut into words by GPT-2's expression,
// and the bytes of each word are joined pair by pair, the pair that was learned first before all others.

import type { Merges } from "../bpe/merges.ts";
import type { TokenBuffer } from "../token-buffer.ts";
import { writeUtf8 } from "../utf8.ts";
import type { Scanner } from "./scanner.ts";

/** GPT-2's words: contractions, letters, numbers, other characters, each with the space before it; and white space. */
const WORD =
  /'(?:[stmd]|re|ve|ll)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
const SPACE = 0x20;

/** Words of more UTF-16 units are cut every time, and so are those that come when so many are known. */
const LONGEST_KEPT = 24;
const MOST_KEPT = 8192;

export interface ByteLevelBpeOptions {
  readonly addPrefixSpace: boolean;
  readonly trimOffsets: boolean;
}

export class ByteLevelBpe implements Scanner {
  readonly #merges: Merges;
  readonly #options: ByteLevelBpeOptions;
  /** The symbols of the word at hand: ids, where each begins in the text, and the next and last one; -1 at an end. */
  #ids = new Int32Array(256);
  #starts = new Int32Array(256);
  #ends = new Int32Array(256);
  #next = new Int32Array(256);
  #previous = new Int32Array(256);
  readonly #heap = new Heap();
  readonly #utf8 = new Uint8Array(4);
  /** Words that were cut before, and their tokens as {@link #cut} gives them. */
  readonly #known = new Map<string, readonly number[]>();

  constructor(merges: Merges, options: ByteLevelBpeOptions) {
    this.#merges = merges;
    this.#options = options;
  }

  scan(text: string, from: number, to: number, out: TokenBuffer, limit: number): void {
    if (from === to) return;
    const piece = text.slice(from, to).toWellFormed();
    const isPrefixed = this.#options.addPrefixSpace && piece.charCodeAt(0) !== SPACE;
    const source = isPrefixed ? ` ${piece}` : piece;
    // An index in `source` is so far from the one in the text.
    const shift = isPrefixed ? from - 1 : from;
    const first = from + (piece.codePointAt(0)! > 0xffff ? 2 : 1);
    for (const { 0: word, index } of source.matchAll(WORD)) {
      if (out.length >= limit) return;
      this.#word(word, index + shift, [from, first], out);
      out.wordCount++;
    }
  }

  /** Appends the tokens of a word at `at`, which starts before the text if a space was put there. */
  #word(word: string, at: number, first: readonly [from: number, to: number], out: TokenBuffer): void {
    // Offsets at the beginning of a text depend on the space that is put there.
    const isKept = word.length <= LONGEST_KEPT && at >= Math.max(first[0], +this.#options.addPrefixSpace);
    let tokens = isKept && this.#known.get(word);
    if (!tokens) {
      tokens = this.#cut(word, at, first);
      if (isKept && this.#known.size < MOST_KEPT) this.#known.set(word, tokens);
    }
    for (let i = 0; i < tokens.length; i += 3) out.push(tokens[i]!, at + tokens[i + 1]!, at + tokens[i + 2]!);
  }

  /** The tokens of a word at `at`: for each its id, and its start and end in the word. */
  #cut(word: string, at: number, first: readonly [from: number, to: number]): number[] {
    const tokens: number[] = [];
    const count = this.#read(word, at, first);
    this.#join(count);
    for (let symbol = count > 0 ? 0 : -1; symbol >= 0; symbol = this.#next[symbol]!) {
      const id = this.#ids[symbol]!;
      let [start, end] = [this.#starts[symbol]!, this.#ends[symbol]!];
      if (this.#options.trimOffsets) {
        const { leading, trailing } = this.#merges.spaces(id);
        // A space that was put before the text is not part of it. As in the reference, one put behind an added token counts all the same.
        const put = leading > 0 && start === 0 && this.#options.addPrefixSpace ? 1 : 0;
        start = Math.min(start + leading - put, end);
        if (trailing > 0) end = Math.max(end - trailing, start);
      }
      tokens.push(id, start - at, end - at);
    }
    return tokens;
  }

  /**
   * The bytes of a word at `at` as symbols. Returns how many.
   * @param first the place of the text's first character, which a space that was put before it shares
   */
  #read(word: string, at: number, first: readonly [from: number, to: number]): number {
    this.#reserve(3 * word.length);
    let count = 0;
    for (let i = 0; i < word.length; ) {
      const cp = word.codePointAt(i)!;
      const size = cp > 0xffff ? 2 : 1;
      const [start, end] = at + i < first[0] ? first : [at + i, at + i + size];
      count = this.#bytes(cp, start, end, count);
      i += size;
    }
    for (let symbol = 0; symbol < count; symbol++) {
      this.#previous[symbol] = symbol - 1;
      this.#next[symbol] = symbol + 1 < count ? symbol + 1 : -1;
    }
    return count;
  }

  /** Appends the bytes of a code point. As in the reference, one that the vocabulary does not have is left out. */
  #bytes(cp: number, start: number, end: number, at: number): number {
    let count = at;
    const length = writeUtf8(cp, this.#utf8, 0);
    for (let i = 0; i < length; i++) {
      const id = this.#merges.byteId(this.#utf8[i]!);
      if (id < 0) continue;
      this.#ids[count] = id;
      this.#starts[count] = start;
      this.#ends[count++] = end;
    }
    return count;
  }

  /** Joins pairs of symbols in order of their rank, from left to right, in n log n for n symbols. */
  #join(count: number): void {
    const heap = this.#heap;
    heap.clear();
    for (let left = 0; left + 1 < count; left++) this.#offer(left);
    while (heap.size > 0) {
      const { rank, left } = heap.pop();
      const right = this.#next[left]!;
      // The pair may be gone, or one of the two joined to another.
      if (this.#ids[left]! < 0 || right < 0 || this.#merges.rank(this.#ids[left]!, this.#ids[right]!) !== rank)
        continue;
      this.#ids[left] = this.#merges.joined(rank);
      this.#ends[left] = this.#ends[right]!;
      this.#ids[right] = -1;
      const after = this.#next[right]!;
      this.#next[left] = after;
      if (after >= 0) this.#previous[after] = left;
      this.#offer(left);
      if (this.#previous[left]! >= 0) this.#offer(this.#previous[left]!);
    }
  }

  #offer(left: number): void {
    const right = this.#next[left]!;
    if (right < 0) return;
    const rank = this.#merges.rank(this.#ids[left]!, this.#ids[right]!);
    if (rank >= 0) this.#heap.push(rank, left);
  }

  #reserve(symbols: number): void {
    if (symbols <= this.#ids.length) return;
    const make = () => new Int32Array(2 * symbols);
    this.#ids = make();
    this.#starts = make();
    this.#ends = make();
    this.#next = make();
    this.#previous = make();
  }
}

/** Pairs by rank, then by place: a binary heap of keys `rank * 2^24 + place`. */
class Heap {
  #keys = new Float64Array(256);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  push(rank: number, left: number): void {
    if (this.size === this.#keys.length) {
      const keys = new Float64Array(2 * this.size);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    const keys = this.#keys;
    const key = rank * PLACES + left;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  pop(): { rank: number; left: number } {
    const keys = this.#keys;
    const top = keys[0]!;
    const key = keys[--this.size]!;
    let at = 0;
    for (let child = 1; child < this.size; child = 2 * at + 1) {
      if (child + 1 < this.size && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[at] = keys[child]!;
      at = child;
    }
    keys[at] = key;
    const left = top % PLACES;
    return { rank: (top - left) / PLACES, left };
  }
}

const PLACES = 2 ** 24;
