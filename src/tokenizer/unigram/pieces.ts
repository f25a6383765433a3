// The vocabulary of a unigram model as one typed array that is used as loaded: a trie, the scores, and the pieces' UTF-8.
import { BertletError } from "../../errors.ts";
import type { PreparedVocabulary, TokenTable } from "../vocabulary.ts";
import { LARGEST_VOCABULARY, tooManyTokens } from "../vocabulary.ts";
import { buildDoubleArray, childOf, leafAt, type TrieEntry, valueAt } from "./double-array.ts";

/**
 * Little-endian words: six header words (layout version, pieces V, units of the trie, bytes of all pieces, 0, 0), the units, the scores
 * (float32) [V], then bytes: the length of each piece [V], and the pieces' UTF-8 end to end, padded with zeros to whole words.
 */
const LAYOUT = 0x756e69;
const HEADER = 6;
const LONGEST = 255;

/** A piece and its log probability. */
export type ScoredPiece = readonly [piece: string, score: number];

/**
 * Builds the table from the pieces in id order; done once, at conversion. Of equal pieces the last wins, as in the reference.
 *
 * @throws BertletError `invalid_checkpoint` for no pieces, more than a vocabulary may have, or a piece of more than 255 bytes
 */
export function preparePieces(pieces: readonly ScoredPiece[]): Int32Array<ArrayBuffer> {
  if (pieces.length === 0) throw new BertletError("invalid_checkpoint", "the vocabulary is empty");
  if (pieces.length > LARGEST_VOCABULARY) throw tooManyTokens();
  const keys = pieces.map(([piece]) => ENCODER.encode(piece));
  if (keys.some(({ length }) => length > LONGEST))
    throw new BertletError("invalid_checkpoint", `a piece in the vocabulary has more than ${LONGEST} bytes`);
  const units = buildDoubleArray(sortedEntries(pieces, keys));
  const bytes = keys.reduce((sum, { length }) => sum + length, 0);
  const words = Math.ceil((pieces.length + bytes) / 4);
  const prepared = new Int32Array(HEADER + units.length + pieces.length + words);
  prepared.set([LAYOUT, pieces.length, units.length, bytes]);
  prepared.set(units, HEADER);
  const { scores, lengths, text } = sections(prepared);
  let at = 0;
  for (const [id, key] of keys.entries()) {
    scores[id] = pieces[id]![1];
    lengths[id] = key.length;
    text.set(key, at);
    at += key.length;
  }
  return prepared;
}

function sortedEntries(pieces: readonly ScoredPiece[], keys: readonly Uint8Array[]): TrieEntry[] {
  const lastId = new Map(pieces.map(([piece], id) => [piece, id]));
  return Array.from(lastId.values())
    .filter((id) => keys[id]!.length > 0)
    .map((id) => ({ key: keys[id]!, value: id }))
    .sort((a, b) => compareBytes(a.key, b.key));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function sections(prepared: Int32Array) {
  const [, size = 0, units = 0, bytes = 0] = prepared;
  const { buffer, byteOffset } = prepared;
  const scores = byteOffset + 4 * (HEADER + units);
  return {
    units: prepared.subarray(HEADER, HEADER + units),
    scores: new Float32Array(buffer, scores, size),
    lengths: new Uint8Array(buffer, scores + 4 * size, size),
    text: new Uint8Array(buffer, scores + 5 * size, bytes),
  };
}

/**
 * Looks pieces up in a prepared table, of which it keeps views.
 *
 * @throws BertletError `invalid_checkpoint` for a table that {@link preparePieces} did not make
 */
export class Pieces implements TokenTable {
  readonly prepared: PreparedVocabulary;
  readonly size: number;
  /** The trie, for a scanner. */
  readonly units: Int32Array;
  /** The log probability of each piece. */
  readonly scores: Float32Array;
  /** The least of them. */
  readonly leastScore: number;
  readonly #lengths: Uint8Array;
  readonly #text: Uint8Array;
  /** Where each piece begins in the text. */
  readonly #starts: Uint32Array;

  constructor(prepared: PreparedVocabulary) {
    const [layout, size = 0, units = 0, bytes = 0] = prepared;
    const fits =
      layout === LAYOUT &&
      size > 0 &&
      size <= LARGEST_VOCABULARY &&
      units > 0 &&
      bytes >= 0 &&
      prepared.length === HEADER + units + size + Math.ceil((size + bytes) / 4);
    if (!fits) throw wrongLayout();
    const parts = sections(prepared);
    this.prepared = prepared;
    this.size = size;
    this.units = parts.units;
    this.scores = parts.scores;
    this.leastScore = leastOf(parts.scores);
    this.#lengths = parts.lengths;
    this.#text = parts.text;
    this.#starts = startsOf(parts.lengths);
  }

  get count(): number {
    let count = 0;
    for (let id = 0; id < this.size; id++) if (this.id(this.token(id) ?? "") === id) count++;
    return count;
  }

  id(token: string): number | undefined {
    const bytes = ENCODER.encode(token);
    let node = 0;
    for (let at = 0; at < bytes.length; ) {
      node = childOf(this.units, node, bytes[at++]!);
      if (node === 0) return undefined;
      const leaf = leafAt(this.units, node);
      if (leaf >= 0) return this.endOf(leaf, bytes, 0, at, bytes.length) === bytes.length ? leaf : undefined;
    }
    const id = node === 0 ? -1 : valueAt(this.units, node);
    return id < 0 ? undefined : id;
  }

  /**
   * Where piece `id` ends if bytes[start, size) begin with it; -1 otherwise.
   * @param at bytes before it are known to be the piece's
   */
  endOf(id: number, bytes: Uint8Array, start: number, at: number, size: number): number {
    const end = start + this.#lengths[id]!;
    if (!(end <= size)) return -1;
    const shift = this.#starts[id]! - start;
    for (let i = at; i < end; i++) if (bytes[i] !== this.#text[i + shift]) return -1;
    return end;
  }

  token(id: number): string | undefined {
    const start = this.#starts[id];
    const length = this.#lengths[id];
    // Copied, because a decoder refuses views of shared memory.
    return start === undefined || !length ? undefined : DECODER.decode(this.#text.slice(start, start + length));
  }
}

function leastOf(scores: Float32Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const score of scores) if (score < least) least = score;
  return least;
}

function startsOf(lengths: Uint8Array): Uint32Array {
  const starts = new Uint32Array(lengths.length);
  for (let id = 1; id < lengths.length; id++) starts[id] = starts[id - 1]! + lengths[id - 1]!;
  return starts;
}

function wrongLayout(): BertletError {
  return new BertletError("invalid_checkpoint", "the prepared pieces do not have the layout this version reads");
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
