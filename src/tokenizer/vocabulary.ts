// The vocabulary as one typed array that needs no building at load: a hash table, and the tokens' UTF-8 in records of whole words.
// It maps tokens to ids and back, and knows no rules of tokenisation.
import { BertletError } from "../errors.ts";

/**
 * A vocabulary ready to use, for a packed file to store as one tensor (little-endian): six header words (layout version, tokens, slots, words
 * of records, longest token in bytes, 0), then the slots, then a record for each token in id order.
 *
 * A record is a header, `id << 10 | bytes`, and the token's UTF-8 padded with zeros to whole words. A slot is 0, or a record's place + 1 in its
 * low 22 bits and the top 10 bits of the token's hash.
 */
export type PreparedVocabulary = Int32Array;

const LAYOUT = 1;
const HEADER = 6;
const PLACE_BITS = 22;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
const TAG_MASK = ~PLACE_MASK;
const SIZE_BITS = 10;
const SIZE_MASK = (1 << SIZE_BITS) - 1;
const FNV_PRIME = 0x01000193;

/** The hash of no bytes; {@link hashByte} carries it on. */
export const HASH_SEED = 0x811c9dc5 | 0;

export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME);
}

const mix = (hash: number): number => hash ^ (hash >>> 15);
const wordsOf = (bytes: number): number => (bytes + 3) >> 2;

/** The bits of a token's last word that hold bytes of it, by its length modulo 4. */
const LAST_WORD = Int32Array.of(-1, 0xff, 0xffff, 0xffffff);

/**
 * Builds the table from the tokens in id order; done once, at conversion. Of equal tokens the last wins, as in the reference. An empty token
 * holds an id that no text has.
 *
 * @throws BertletError `invalid_checkpoint` for no tokens, a token of more than 1023 bytes, or more than 16 MB of them
 * @example
 * const prepared = prepareVocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "##s"]);
 */
export function prepareVocabulary(tokens: readonly string[]): Int32Array<ArrayBuffer> {
  if (tokens.length === 0) throw new BertletError("invalid_checkpoint", "the vocabulary is empty");
  const encoder = new TextEncoder();
  const encoded = tokens.map((token) => encoder.encode(token));
  const longest = encoded.reduce((most, { length }) => Math.max(most, length), 0);
  const recordWords = encoded.reduce((sum, { length }) => sum + 1 + wordsOf(length), 0);
  if (longest > SIZE_MASK || recordWords >= PLACE_MASK) {
    throw new BertletError("invalid_checkpoint", "the vocabulary is too large, or a token in it too long");
  }
  let slots = 16;
  while (slots < 2 * tokens.length) slots *= 2;

  const prepared = new Int32Array(HEADER + slots + recordWords);
  prepared.set([LAYOUT, tokens.length, slots, recordWords, longest]);
  const table = prepared.subarray(HEADER, HEADER + slots);
  const records = prepared.subarray(HEADER + slots);
  const bytes = new Uint8Array(records.buffer, records.byteOffset, records.byteLength);
  let place = 0;
  for (const [id, token] of encoded.entries()) {
    records[place] = (id << SIZE_BITS) | token.length;
    bytes.set(token, 4 * (place + 1));
    if (token.length > 0) {
      const hash = token.reduce(hashByte, HASH_SEED);
      const words = records.subarray(place + 1);
      table[freeSlot(table, records, hash, words, token.length)] = (hash & TAG_MASK) | (place + 1);
    }
    place += 1 + wordsOf(token.length);
  }
  return prepared;
}

/** The slot that holds this token, or the empty one where it belongs. */
function freeSlot(table: Int32Array, records: Int32Array, hash: number, words: Int32Array, length: number): number {
  const mask = table.length - 1;
  let slot = mix(hash) & mask;
  while (table[slot] !== 0 && !isRecord(records, (table[slot]! & PLACE_MASK) - 1, words, length))
    slot = (slot + 1) & mask;
  return slot;
}

/** Whether the record at `place` holds the first `length` bytes of `words`. */
function isRecord(records: Int32Array, place: number, words: Int32Array, length: number): boolean {
  if ((records[place]! & SIZE_MASK) !== length) return false;
  const last = wordsOf(length) - 1;
  for (let i = 0; i < last; i++) if (records[place + 1 + i] !== words[i]) return false;
  return records[place + 1 + last] === (words[last]! & LAST_WORD[length & 3]!);
}

/**
 * Looks tokens up in a prepared table. It keeps views and copies nothing, so the table may lie in wasm memory (whose growth detaches views:
 * make a new one then).
 *
 * @throws BertletError `invalid_checkpoint` where the table is not what {@link prepareVocabulary} made
 */
export class Vocabulary {
  /** The number of ids. */
  readonly size: number;
  /** The longest token's bytes. */
  readonly longest: number;
  private readonly table: Int32Array;
  private readonly records: Int32Array;
  /** The record's place by id, for decoding; made when first asked for. */
  private places: Int32Array | undefined;

  constructor(prepared: PreparedVocabulary) {
    const [layout, size = 0, slots = 0, recordWords = 0, longest = 0] = prepared;
    const fits = layout === LAYOUT && size > 0 && slots > size && (slots & (slots - 1)) === 0;
    if (!fits || prepared.length !== HEADER + slots + recordWords) {
      throw new BertletError(
        "invalid_checkpoint",
        "the prepared vocabulary does not have the layout this version reads",
      );
    }
    this.size = size;
    this.longest = longest;
    this.table = prepared.subarray(HEADER, HEADER + slots);
    this.records = prepared.subarray(HEADER + slots);
  }

  /** The id of the token of `length` bytes, at least one, at the start of `words`, or -1. Steps: a probe or two, and one comparison. */
  find(hash: number, words: Int32Array, length: number): number {
    const { table, records } = this;
    const mask = table.length - 1;
    for (let slot = mix(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = table[slot]!;
      if (entry === 0) return -1;
      if (((entry ^ hash) & TAG_MASK) !== 0) continue;
      const place = (entry & PLACE_MASK) - 1;
      if (isRecord(records, place, words, length)) return records[place]! >>> SIZE_BITS;
    }
  }

  /** The id of a token, or undefined. */
  id(token: string): number | undefined {
    const encoded = new TextEncoder().encode(token);
    if (encoded.length === 0) return undefined;
    const words = new Int32Array(wordsOf(encoded.length));
    new Uint8Array(words.buffer).set(encoded);
    const id = this.find(encoded.reduce(hashByte, HASH_SEED), words, encoded.length);
    return id < 0 ? undefined : id;
  }

  /** The token of an id, or undefined where there is none. */
  token(id: number): string | undefined {
    this.places ??= this.findPlaces();
    const place = this.places[id];
    if (place === undefined) return undefined;
    const length = this.records[place]! & SIZE_MASK;
    // Copied, because a decoder refuses views of shared memory.
    const words = this.records.slice(place + 1, place + 1 + wordsOf(length));
    return length === 0 ? undefined : UTF8.decode(new Uint8Array(words.buffer, 0, length));
  }

  private findPlaces(): Int32Array {
    const places = new Int32Array(this.size);
    for (let id = 0, place = 0; id < this.size; id++) {
      places[id] = place;
      place += 1 + wordsOf(this.records[place]! & SIZE_MASK);
    }
    return places;
  }
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
