// The vocabulary as one typed array that is used as loaded: a hash table, and the tokens' UTF-8 in records of whole words. It maps tokens to
// ids and back, and knows no rules of tokenization.
import { FNV1A_SEED, fnv1a } from "../digest.ts";
import { BertletError } from "../errors.ts";

/**
 * A vocabulary ready to use, stored in a packed file as one tensor (little-endian): six header words (layout version, tokens, slots, words of
 * records, bytes of the longest token, 0), the slots, then one record per token in id order.
 *
 * A record is a header, `id << 10 | bytes`, and the token's UTF-8 padded with zeros to whole words. A slot is 0 if empty; otherwise it holds
 * the index of a record + 1 in its low 22 bits and the top 10 bits of the token's hash.
 */
export type PreparedVocabulary = Int32Array;

/** The most ids that a vocabulary may have. */
export const LARGEST_VOCABULARY = 1 << 20;

const LAYOUT = 1;
const HEADER = 6;
const INDEX_BITS = 22;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const TAG_MASK = ~INDEX_MASK;
const SIZE_BITS = 10;
const SIZE_MASK = (1 << SIZE_BITS) - 1;

function hashBytes(bytes: Uint8Array): number {
  return bytes.reduce(fnv1a, FNV1A_SEED);
}

const mix = (hash: number): number => hash ^ (hash >>> 15);
const wordsOf = (bytes: number): number => (bytes + 3) >> 2;

/** The bits of a token's last word that belong to it, by its length modulo 4. */
const LAST_WORD = Int32Array.of(-1, 0xff, 0xffff, 0xffffff);

/**
 * Builds the table from the tokens in id order; done once, at conversion. Of equal tokens the last wins, as in the reference. An empty string
 * takes up an id that no text has.
 *
 * @throws BertletError `invalid_checkpoint` for no tokens, more than {@link LARGEST_VOCABULARY}, a token of more than 1023 bytes, or more than
 * 16 MB of them
 * @example
 * const prepared = prepareVocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "##s"]);
 */
export function prepareVocabulary(tokens: readonly string[]): Int32Array<ArrayBuffer> {
  if (tokens.length === 0) throw new BertletError("invalid_checkpoint", "the vocabulary is empty");
  if (tokens.length > LARGEST_VOCABULARY) throw tooManyTokens();
  const lengths = Uint16Array.from(tokens, byteLength);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const recordWords = lengths.reduce((sum, length) => sum + 1 + wordsOf(length), 0);
  if (recordWords >= INDEX_MASK) throw new BertletError("invalid_checkpoint", "the vocabulary has more than 16 MB");
  let slots = 16;
  while (slots < 2 * tokens.length) slots *= 2;

  const prepared = new Int32Array(HEADER + slots + recordWords);
  prepared.set([LAYOUT, tokens.length, slots, recordWords, longest]);
  const table = prepared.subarray(HEADER, HEADER + slots);
  const records = prepared.subarray(HEADER + slots);
  const bytes = new Uint8Array(records.buffer, records.byteOffset, records.byteLength);
  const encoder = new TextEncoder();
  let index = 0;
  for (const [id, token] of tokens.entries()) {
    const length = lengths[id]!;
    const start = 4 * (index + 1);
    records[index] = (id << SIZE_BITS) | length;
    if (length > 0) {
      encoder.encodeInto(token, bytes.subarray(start, start + length));
      const hash = hashBytes(bytes.subarray(start, start + length));
      const slot = freeSlot(table, records, hash, records.subarray(index + 1), length);
      table[slot] = (hash & TAG_MASK) | (index + 1);
    }
    index += 1 + wordsOf(length);
  }
  return prepared;
}

/** @throws BertletError `invalid_checkpoint` for more than 1023 */
function byteLength(token: string): number {
  let length = 0;
  for (let i = 0; i < token.length; i++) {
    const unit = token.charCodeAt(i);
    // Both halves of a surrogate pair count two; a lone one becomes U+FFFD, three bytes.
    if (unit < 0x80) length++;
    else if (unit < 0x800) length += 2;
    else if (unit < 0xd800 || unit > 0xdfff) length += 3;
    else if (unit < 0xdc00 && (token.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length += 4;
      i++;
    } else length += 3;
    if (length > SIZE_MASK)
      throw new BertletError("invalid_checkpoint", `a token in the vocabulary has more than ${SIZE_MASK} bytes`);
  }
  return length;
}

/** The error for a vocabulary with too many ids. */
export function tooManyTokens(): BertletError {
  return new BertletError("invalid_checkpoint", `the vocabulary has more than ${LARGEST_VOCABULARY} tokens`);
}

/** The slot that holds this token, or the empty one where it goes. */
function freeSlot(table: Int32Array, records: Int32Array, hash: number, words: Int32Array, length: number): number {
  const mask = table.length - 1;
  let slot = mix(hash) & mask;
  while (table[slot] !== 0 && !isRecord(records, (table[slot]! & INDEX_MASK) - 1, words, length))
    slot = (slot + 1) & mask;
  return slot;
}

/** Whether the record at `index` holds the first `length` bytes of `words`. */
function isRecord(records: Int32Array, index: number, words: Int32Array, length: number): boolean {
  if ((records[index]! & SIZE_MASK) !== length) return false;
  const last = wordsOf(length) - 1;
  for (let i = 0; i < last; i++) if (records[index + 1 + i] !== words[i]) return false;
  return records[index + 1 + last] === (words[last]! & LAST_WORD[length & 3]!);
}

/** Tokens and their ids, whatever table they are in. */
export interface TokenTable {
  /** The table, as given. */
  readonly prepared: PreparedVocabulary;
  /** The number of ids. */
  readonly size: number;
  /** The number of distinct tokens. */
  readonly count: number;
  /** The id of a token, or undefined. */
  id(token: string): number | undefined;
  /** The token of an id, or undefined if it has none. */
  token(id: number): string | undefined;
}

/**
 * Looks tokens up in a prepared table. It keeps views and copies nothing, so the table may be in wasm memory (whose growth detaches views:
 * make a new Vocabulary then).
 *
 * @throws BertletError `invalid_checkpoint` for a table that {@link prepareVocabulary} did not make
 */
export class Vocabulary implements TokenTable {
  /** The table, as given. */
  readonly prepared: PreparedVocabulary;
  /** The number of ids. */
  readonly size: number;
  /** The bytes of the longest token. */
  readonly longest: number;
  readonly #table: Int32Array;
  readonly #records: Int32Array;
  /** The index of the record by id, for decoding; made on first use. */
  #indices: Int32Array | undefined;

  constructor(prepared: PreparedVocabulary) {
    const [layout, size = 0, slots = 0, recordWords = 0, longest = 0] = prepared;
    const fits =
      layout === LAYOUT &&
      size > 0 &&
      size <= LARGEST_VOCABULARY &&
      slots > size &&
      (slots & (slots - 1)) === 0 &&
      longest >= 0 &&
      longest <= SIZE_MASK &&
      prepared.length === HEADER + slots + recordWords;
    if (!fits) throw wrongLayout();
    this.prepared = prepared;
    this.size = size;
    this.longest = longest;
    this.#table = prepared.subarray(HEADER, HEADER + slots);
    this.#records = prepared.subarray(HEADER + slots);
    if (countUsed(this.#table) > size) throw wrongLayout();
  }

  /** The number of distinct tokens. */
  get count(): number {
    return countUsed(this.#table);
  }

  /** The id of the token of `length` bytes, at least one, at the start of `words`; -1 if there is none. */
  find(hash: number, words: Int32Array, length: number): number {
    const table = this.#table;
    const records = this.#records;
    const mask = table.length - 1;
    for (let slot = mix(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = table[slot]!;
      if (entry === 0) return -1;
      if (((entry ^ hash) & TAG_MASK) !== 0) continue;
      const index = (entry & INDEX_MASK) - 1;
      if (!isRecord(records, index, words, length)) continue;
      const id = records[index]! >>> SIZE_BITS;
      return id < this.size ? id : -1;
    }
  }

  /** The id of a token, or undefined. */
  id(token: string): number | undefined {
    const encoded = new TextEncoder().encode(token);
    if (encoded.length === 0 || encoded.length > SIZE_MASK) return undefined;
    const words = new Int32Array(wordsOf(encoded.length));
    new Uint8Array(words.buffer).set(encoded);
    const id = this.find(hashBytes(encoded), words, encoded.length);
    return id < 0 ? undefined : id;
  }

  /** The token of an id, or undefined if it has none. */
  token(id: number): string | undefined {
    this.#indices ??= indexRecords(this.#records, this.size);
    const index = this.#indices[id];
    if (index === undefined) return undefined;
    const length = this.#records[index]! & SIZE_MASK;
    // Copied, because a decoder refuses views of shared memory.
    const words = this.#records.slice(index + 1, index + 1 + wordsOf(length));
    return length === 0 ? undefined : UTF8.decode(new Uint8Array(words.buffer, 0, length));
  }
}

/** The slots in use. At most half are, so that every search ends. A plain loop: it runs once, in a cold start. */
function countUsed(table: Int32Array): number {
  let used = 0;
  for (let slot = 0; slot < table.length; slot++) if (table[slot] !== 0) used++;
  return used;
}

/** The index of every record by its id. */
function indexRecords(records: Int32Array, size: number): Int32Array {
  const indices = new Int32Array(size);
  let index = 0;
  for (let id = 0; id < size; id++) {
    if (index >= records.length) throw wrongLayout();
    indices[id] = index;
    index += 1 + wordsOf(records[index]! & SIZE_MASK);
  }
  return indices;
}

function wrongLayout(): BertletError {
  return new BertletError("invalid_checkpoint", "the prepared vocabulary does not have the layout this version reads");
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
