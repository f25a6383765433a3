// Reads the packed Unicode tables into one look-up: what BERT's clean-up, accent stripping and lower-casing make of each code point.
// Scanners walk texts with it (scanners/wordpiece.ts).
import { BertletError } from "../errors.ts";
import * as data from "./unicode-data.ts";

/** The action for a code point: the low three bits of an entry. The other bits are its operand, signed. */
export const LETTER = 0; // emit code point + operand
export const DROP = 1;
export const SPACE = 2; // end the word
export const PUNCTUATION = 3; // a word of its own: code point + operand
export const IDEOGRAPH = 4; // a word of its own: code point + operand
export const EXPAND = 5; // emit several: operand is the index in `expansions` of their number, followed by them
export const HANGUL = 6; // emit the two or three jamo of a syllable

export interface NormalizerOptions {
  /** Drop control characters and U+FFFD. */
  cleanText: boolean;
  /** Make every ideograph a word. */
  tokenizeChineseChars: boolean;
  /** Decompose and drop nonspacing marks. */
  stripAccents: boolean;
  lowerCase: boolean;
}

/** A two-stage table: `entries[(pages[cp >> 8] << 8) | (cp & 255)]` is the entry of a code point. */
export interface NormalizerTable {
  readonly pages: Uint16Array;
  readonly entries: Int32Array;
  readonly expansions: Int32Array;
  /** The ASCII range, decoded: 0 to drop, 1 a space, 2 punctuation, else the byte to emit. */
  readonly ascii: Uint8Array;
}

const CODE_POINTS = 0x110000;
const PAGES = CODE_POINTS >> 8;
const DOTTED_CAPITAL_I = 0x130;
const HANGUL_FIRST = 0xac00;
const HANGUL_LAST = 0xd7a3;

/** The reference's ranges, without U+2B820–U+2B91F. */
const IDEOGRAPHS = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0x2f800, 0x2fa1f],
] as const;

const cache = new Map<string, NormalizerTable>();

/** The table for these options. It is made once per isolate, in about ten milliseconds of cold code; a packed model brings its own. */
export function normalizerTable(options: NormalizerOptions): NormalizerTable {
  const key = `${options.cleanText}${options.tokenizeChineseChars}${options.stripAccents}${options.lowerCase}`;
  const known = cache.get(key);
  if (known) return known;
  const table = buildTable(options);
  cache.set(key, table);
  return table;
}

/** The table as one array for a packed model: the length of expansions, pages (two per word), expansions, entries. */
export function packNormalizerTable({ pages, entries, expansions }: NormalizerTable): Int32Array<ArrayBuffer> {
  const pageWords = new Int32Array(pages.buffer, pages.byteOffset, PAGES / 2);
  const packed = new Int32Array(1 + pageWords.length + expansions.length + entries.length);
  packed[0] = expansions.length;
  packed.set(pageWords, 1);
  packed.set(expansions, 1 + pageWords.length);
  packed.set(entries, 1 + pageWords.length + expansions.length);
  return packed;
}

/**
 * The table that {@link packNormalizerTable} packed, as views.
 *
 * @throws BertletError `invalid_checkpoint` for an array in which a look-up could leave its bounds
 */
export function unpackNormalizerTable(packed: Int32Array): NormalizerTable {
  const [expansionCount = -1] = packed;
  const pageWords = packed.subarray(1, 1 + PAGES / 2);
  const expansions = packed.subarray(1 + PAGES / 2, Math.max(0, 1 + PAGES / 2 + expansionCount));
  const entries = packed.subarray(1 + PAGES / 2 + expansions.length);
  const pages = new Uint16Array(pageWords.buffer, pageWords.byteOffset, 2 * pageWords.length);
  const sized = pages.length === PAGES && expansions.length === expansionCount && entries.length % 256 === 0;
  if (!sized || !staysInside(pages, entries, expansions)) {
    throw new BertletError(
      "invalid_checkpoint",
      "the prepared Unicode table does not have the layout this version reads",
    );
  }
  return { pages, entries, expansions, ascii: asciiOf((cp) => entries[(pages[0]! << 8) | cp]!) };
}

/** Whether no look-up can leave the table. Plain loops: this runs once, in a cold start. */
function staysInside(pages: Uint16Array, entries: Int32Array, expansions: Int32Array): boolean {
  for (let page = 0; page < pages.length; page++) if (pages[page]! >= entries.length >> 8) return false;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if ((entry & 7) > HANGUL) return false;
    if ((entry & 7) !== EXPAND) continue;
    const index = entry >> 3;
    const count = expansions[index] ?? -1;
    if (count < 0 || index + count >= expansions.length) return false;
  }
  return true;
}

/** The ASCII range of a table, decoded. */
function asciiOf(entryOf: (cp: number) => number): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, cp) => {
    const entry = entryOf(cp);
    const kind = entry & 7;
    return kind === DROP ? 0 : kind === SPACE ? 1 : kind === PUNCTUATION ? 2 : cp + (entry >> 3);
  });
}

function buildTable(options: NormalizerOptions): NormalizerTable {
  const pages = new PageBuilder();
  const expansions: number[] = [];
  const expand = (parts: number[]): number => {
    expansions.push(parts.length, ...parts);
    return ((expansions.length - parts.length - 1) << 3) | EXPAND;
  };

  if (options.lowerCase) {
    readLower((cp, to) => pages.set(cp, (to - cp) << 3));
    pages.set(DOTTED_CAPITAL_I, expand([0x69, 0x307]));
  }
  if (options.tokenizeChineseChars) for (const [from, to] of IDEOGRAPHS) pages.fill(from, to, IDEOGRAPH);
  readSet(data.SPACE, (from, to) => pages.fill(from, to, SPACE));
  readSet(data.PUNCTUATION, (from, to) => pages.fill(from, to, PUNCTUATION));
  if (options.stripAccents) {
    readSet(data.MARK, (from, to) => pages.fill(from, to, DROP));
    pages.fill(HANGUL_FIRST, HANGUL_LAST, HANGUL);
    readDecompositions((cp, parts) => {
      // The entries of the parts exist by now; each gives the part's lower case.
      const folded = parts.map((part) => part + (pages.get(part) >> 3));
      if (folded.length > 1) return pages.set(cp, expand(folded));
      const target = folded[0]!;
      // An ideograph is recognised as written, anything else by what it becomes.
      const kind = (pages.get(cp) & 7) === IDEOGRAPH ? IDEOGRAPH : pages.get(parts[0]!) & 7;
      pages.set(cp, ((target - cp) << 3) | kind);
    });
  }
  if (options.cleanText) readSet(data.CONTROL, (from, to) => pages.fill(from, to, DROP));
  return pages.finish(expansions);
}

/** Pages of 256 entries; pages of a single value are shared. */
class PageBuilder {
  readonly #index = new Uint16Array(PAGES);
  #entries = new Int32Array(256 * 192);
  #count = 1;
  readonly #uniform = new Map([[LETTER, 0]]);
  readonly #shared = new Set([0]);

  get(cp: number): number {
    return this.#entries[(this.#index[cp >> 8]! << 8) | (cp & 255)]!;
  }

  set(cp: number, entry: number): void {
    this.#entries[(this.#own(cp >> 8) << 8) | (cp & 255)] = entry;
  }

  fill(from: number, to: number, entry: number): void {
    for (let cp = from; cp <= to; ) {
      const page = cp >> 8;
      const end = Math.min(to, (page << 8) | 255);
      if (end - cp === 255) this.#index[page] = this.#uniformPage(entry);
      else {
        const base = this.#own(page) << 8;
        this.#entries.fill(entry, base | (cp & 255), (base | (end & 255)) + 1);
      }
      cp = end + 1;
    }
  }

  finish(expansions: number[]): NormalizerTable {
    const entries = this.#entries.slice(0, this.#count << 8);
    return {
      pages: this.#index,
      entries,
      expansions: Int32Array.from(expansions),
      ascii: asciiOf((cp) => this.get(cp)),
    };
  }

  #own(page: number): number {
    const from = this.#index[page]!;
    if (!this.#shared.has(from)) return from;
    const to = this.#add();
    this.#entries.copyWithin(to << 8, from << 8, (from + 1) << 8);
    this.#index[page] = to;
    return to;
  }

  #uniformPage(entry: number): number {
    let page = this.#uniform.get(entry);
    if (page === undefined) {
      page = this.#add();
      this.#entries.fill(entry, page << 8, (page + 1) << 8);
      this.#uniform.set(entry, page);
      this.#shared.add(page);
    }
    return page;
  }

  #add(): number {
    if (this.#count << 8 === this.#entries.length) {
      const grown = new Int32Array(this.#entries.length * 2);
      grown.set(this.#entries);
      this.#entries = grown;
    }
    return this.#count++;
  }
}

/** Categories of the current Unicode version, which BertTokenizer follows. */
export interface Categories {
  isControl(cp: number): boolean;
  isPunctuation(cp: number): boolean;
  isMark(cp: number): boolean;
}

let current: Categories | undefined;

/** The categories of the current Unicode version; {@link normalizerTable} follows the fast reference's older one. */
export function categories(): Categories {
  current ??= (() => {
    const control = bits(data.CONTROL, data.FORMAT_SINCE);
    readSet(data.UNASSIGNED, (from, to) => {
      for (let cp = from; cp <= to; cp++) control[cp >> 3]! |= 1 << (cp & 7);
    });
    const punctuation = bits(data.PUNCTUATION, data.PUNCTUATION_SINCE);
    const mark = bits(data.MARK, data.MARK_SINCE);
    const has = (set: Uint8Array) => (cp: number) => ((set[cp >> 3]! >> (cp & 7)) & 1) === 1;
    return { isControl: has(control), isPunctuation: has(punctuation), isMark: has(mark) };
  })();
  return current;
}

function bits(...packed: string[]): Uint8Array {
  const set = new Uint8Array(CODE_POINTS >> 3);
  for (const each of packed) {
    readSet(each, (from, to) => {
      for (let cp = from; cp <= to; cp++) set[cp >> 3]! ^= 1 << (cp & 7);
    });
  }
  return set;
}

function readSet(packed: string, range: (from: number, to: number) => void): void {
  const reader = new Reader(packed);
  let next = 0;
  while (reader.more) {
    const from = next + reader.unsigned();
    const to = from + reader.unsigned();
    range(from, to);
    next = to + 1;
  }
}

function readLower(pair: (cp: number, to: number) => void): void {
  const reader = new Reader(data.LOWER);
  let start = 0;
  while (reader.more) {
    start += reader.unsigned();
    const count = reader.unsigned();
    const step = reader.unsigned();
    const distance = reader.signed();
    for (let i = 0; i < count; i++) pair(start + i * step, start + i * step + distance);
  }
}

function readDecompositions(entry: (cp: number, parts: number[]) => void): void {
  const reader = new Reader(data.DECOMPOSED);
  let cp = 0;
  let near = 0;
  while (reader.more) {
    cp += reader.unsigned();
    const parts: number[] = [];
    for (let count = reader.unsigned(); count > 0; count--) {
      near += reader.signed();
      parts.push(near);
    }
    entry(cp, parts);
  }
}

/** LEB128 out of base64. */
class Reader {
  readonly #bytes: string;
  #at = 0;

  constructor(base64: string) {
    this.#bytes = atob(base64);
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.charCodeAt(this.#at++);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.unsigned();
    return value & 1 ? -((value + 1) >> 1) : value >> 1;
  }
}
