// The vocabulary as two typed arrays that need no building at load: the tokens' UTF-8 bytes and an open-addressed hash table over them.
// It maps tokens to ids and back, and knows no rules of tokenisation.
import { BertletError } from "../errors.ts";

/**
 * A vocabulary ready to use, for a packed file to store as two tensors.
 *
 * `vocab`: the tokens' UTF-8, end to end. `table`: six header words (layout version, tokens V, slots, longest token in bytes, slots used,
 * bytes), V + 1 offsets into `vocab`, then the slots. A slot is 0, or a token's id + 1 in its low 20 bits and the top 12 bits of the token's hash.
 */
export interface PreparedVocabulary {
  readonly vocab: Uint8Array;
  readonly table: Int32Array;
}

const LAYOUT = 1;
const HEADER = 6;
const ID_BITS = 20;
const ID_MASK = (1 << ID_BITS) - 1;
const TAG_MASK = ~ID_MASK;
const FNV_PRIME = 0x01000193;

/** The hash of no bytes; {@link hashByte} carries it on. */
export const HASH_SEED = 0x811c9dc5 | 0;

export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME);
}

const mix = (hash: number): number => hash ^ (hash >>> 15);

/**
 * Builds the two arrays from the tokens in id order; done once, at conversion. Of equal tokens the last wins, as in the reference. An empty
 * token holds an id that no text has.
 *
 * @throws BertletError `invalid_checkpoint` for no tokens, or more than 1,048,574
 * @example
 * const { vocab, table } = prepareVocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "##s"]);
 */
export function prepareVocabulary(tokens: readonly string[]): {
  vocab: Uint8Array<ArrayBuffer>;
  table: Int32Array<ArrayBuffer>;
} {
  if (tokens.length === 0) throw new BertletError("invalid_checkpoint", "the vocabulary is empty");
  if (tokens.length >= ID_MASK) throw new BertletError("invalid_checkpoint", "the vocabulary is too large");
  const encoder = new TextEncoder();
  const encoded = tokens.map((token) => encoder.encode(token));
  const bytes = encoded.reduce((sum, token) => sum + token.length, 0);
  let slots = 16;
  while (slots < 2 * tokens.length) slots *= 2;

  const vocab = new Uint8Array(bytes);
  const table = new Int32Array(HEADER + tokens.length + 1 + slots);
  const slotsAt = HEADER + tokens.length + 1;
  let at = 0;
  let used = 0;
  let longest = 0;
  for (const [id, token] of encoded.entries()) {
    vocab.set(token, at);
    at += token.length;
    table[HEADER + id + 1] = at;
    longest = Math.max(longest, token.length);
    if (token.length === 0) continue;
    const hash = token.reduce(hashByte, HASH_SEED);
    let slot = mix(hash) & (slots - 1);
    while (table[slotsAt + slot] !== 0) {
      const other = encoded[(table[slotsAt + slot]! & ID_MASK) - 1]!;
      if (other.length === token.length && other.every((byte, i) => byte === token[i])) break;
      slot = (slot + 1) & (slots - 1);
    }
    if (table[slotsAt + slot] === 0) used++;
    table[slotsAt + slot] = (hash & TAG_MASK) | (id + 1);
  }
  table.set([LAYOUT, tokens.length, slots, longest, used, bytes]);
  return { vocab, table };
}

/**
 * Looks tokens up in prepared arrays. It keeps views of them and copies nothing, so they may lie in wasm memory (whose growth detaches views:
 * make a new one then).
 *
 * @throws BertletError `invalid_checkpoint` where the arrays are not what {@link prepareVocabulary} made
 */
export class Vocabulary {
  /** The number of ids. */
  readonly size: number;
  /** The longest token's bytes. */
  readonly longest: number;
  private readonly vocab: Uint8Array;
  private readonly offsets: Int32Array;
  private readonly slots: Int32Array;
  private readonly encoder = new TextEncoder();
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor({ vocab, table }: PreparedVocabulary) {
    const [layout, size = 0, slots = 0, longest = 0, , bytes] = table;
    const fits = layout === LAYOUT && size > 0 && slots > size && (slots & (slots - 1)) === 0;
    if (!fits || bytes !== vocab.length || table.length !== HEADER + size + 1 + slots) {
      throw new BertletError(
        "invalid_checkpoint",
        "the prepared vocabulary does not have the layout this version reads",
      );
    }
    this.vocab = vocab;
    this.size = size;
    this.longest = longest;
    this.offsets = table.subarray(HEADER, HEADER + size + 1);
    this.slots = table.subarray(HEADER + size + 1);
  }

  /**
   * The id of the token made of `prefix` and then bytes[from, to), or -1. `hash` is the hash of all of it. Steps: a probe or two, then one
   * comparison of the token's length.
   */
  find(hash: number, prefix: Uint8Array, bytes: Uint8Array, from: number, to: number): number {
    const { slots, offsets, vocab } = this;
    const mask = slots.length - 1;
    const head = prefix.length;
    for (let slot = mix(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]!;
      if (entry === 0) return -1;
      if (((entry ^ hash) & TAG_MASK) !== 0) continue;
      const id = (entry & ID_MASK) - 1;
      let at = offsets[id]!;
      if (offsets[id + 1]! - at !== to - from + head) continue;
      let same = true;
      for (let i = 0; i < head && same; i++) same = vocab[at++] === prefix[i];
      for (let i = from; i < to && same; i++) same = vocab[at++] === bytes[i];
      if (same) return id;
    }
  }

  /** The id of a token, or undefined. */
  id(token: string): number | undefined {
    const bytes = this.encoder.encode(token);
    const id = this.find(bytes.reduce(hashByte, HASH_SEED), EMPTY, bytes, 0, bytes.length);
    return id < 0 ? undefined : id;
  }

  /** The token of an id, or undefined where there is none. */
  token(id: number): string | undefined {
    if (!(id >= 0 && id < this.size)) return undefined;
    const from = this.offsets[id]!;
    const to = this.offsets[id + 1]!;
    // Copied, because a decoder refuses views of shared memory.
    return from === to ? undefined : this.decoder.decode(this.vocab.slice(from, to));
  }
}

const EMPTY = new Uint8Array(0);
