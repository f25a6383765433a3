// The merges of a byte-level BPE as one typed array that is used as loaded: a hash table from a pair of tokens to the rank of its merge.
import { BertletError } from "../../errors.ts";
import type { BpeFiles } from "../files/read-bpe.ts";
import { prepareVocabulary, type TokenTable } from "../vocabulary.ts";
import { BYTE_CHARS, SPACE_CHAR } from "./byte-chars.ts";

/**
 * Little-endian words: four header words (layout version, merges M, slots, 0), the slots, then per merge its left, right and joined token's
 * id [M, 3], in order of rank. A slot is 0 if empty, or a rank + 1.
 */
export type PreparedMerges = Int32Array;

const LAYOUT = 0x627065;
const HEADER = 4;

/**
 * Builds the table; done once, at conversion.
 *
 * @param idOf the id of a token
 * @throws BertletError `invalid_checkpoint` for a merge of tokens that the vocabulary does not have
 */
export function prepareMerges(
  merges: readonly (readonly [left: string, right: string])[],
  idOf: (token: string) => number | undefined,
): Int32Array<ArrayBuffer> {
  let slots = 16;
  while (slots < 2 * merges.length) slots *= 2;
  const prepared = new Int32Array(HEADER + slots + 3 * merges.length);
  prepared.set([LAYOUT, merges.length, slots]);
  const table = prepared.subarray(HEADER, HEADER + slots);
  for (const [rank, [left, right]] of merges.entries()) {
    const ids = [left, right, left + right].map((token) => {
      const id = idOf(token);
      if (id !== undefined) return id;
      throw new BertletError("invalid_checkpoint", `merge ${rank} needs ${token}, which the vocabulary does not have`);
    });
    prepared.set(ids, HEADER + slots + 3 * rank);
    let slot = hash(ids[0]!, ids[1]!) & (slots - 1);
    while (table[slot] !== 0) slot = (slot + 1) & (slots - 1);
    table[slot] = rank + 1;
  }
  return prepared;
}

/** Both tables of a byte-level BPE. @throws BertletError as {@link prepareMerges} and {@link prepareVocabulary} */
export function prepareBpe({ tokens, merges }: Pick<BpeFiles, "tokens" | "merges">) {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return { vocabulary: prepareVocabulary(tokens), merges: prepareMerges(merges, (token) => ids.get(token)) };
}

function hash(left: number, right: number): number {
  const mixed = Math.imul(left ^ Math.imul(right, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** Looks merges up in a prepared table, and bytes in the vocabulary. */
export class Merges {
  readonly #table: Int32Array;
  readonly #merges: Int32Array;
  readonly #byteIds: Int32Array;
  readonly #vocabulary: TokenTable;
  /** By id: spaces at the beginning and end of the token, once they are known. */
  readonly #spaces = new Map<number, { leading: number; trailing: number }>();

  /** @throws BertletError `invalid_checkpoint` for a table that {@link prepareMerges} did not make */
  constructor(prepared: PreparedMerges, vocabulary: TokenTable) {
    const [layout, merges = 0, slots = 0] = prepared;
    const fits =
      layout === LAYOUT &&
      merges >= 0 &&
      slots > merges &&
      (slots & (slots - 1)) === 0 &&
      prepared.length === HEADER + slots + 3 * merges;
    if (!fits)
      throw new BertletError("invalid_checkpoint", "the prepared merges do not have the layout this version reads");
    this.#table = prepared.subarray(HEADER, HEADER + slots);
    this.#merges = prepared.subarray(HEADER + slots);
    this.#vocabulary = vocabulary;
    this.#byteIds = Int32Array.from(BYTE_CHARS, (char) => vocabulary.id(char) ?? -1);
  }

  /** The id of the token of one byte; -1 if there is none. */
  byteId(byte: number): number {
    return this.#byteIds[byte]!;
  }

  /** The rank of the merge of two tokens; -1 if there is none. */
  rank(left: number, right: number): number {
    const table = this.#table;
    const merges = this.#merges;
    const mask = table.length - 1;
    for (let slot = hash(left, right) & mask; ; slot = (slot + 1) & mask) {
      const rank = table[slot]! - 1;
      if (rank < 0) return -1;
      if (merges[3 * rank] === left && merges[3 * rank + 1] === right) return rank;
    }
  }

  /** The id of the token that a merge makes. */
  joined(rank: number): number {
    return this.#merges[3 * rank + 2]!;
  }

  /** The tokens of every merge, in order of rank. */
  pairs(): [left: string, right: string][] {
    const token = (at: number) => this.#vocabulary.token(this.#merges[at]!) ?? "";
    return Array.from({ length: this.#merges.length / 3 }, (_, rank) => [token(3 * rank), token(3 * rank + 1)]);
  }

  /** How many spaces a token begins and ends with. */
  spaces(id: number): { readonly leading: number; readonly trailing: number } {
    let spaces = this.#spaces.get(id);
    if (!spaces) {
      const token = this.#vocabulary.token(id) ?? "";
      const isSpace = (char: string) => char === SPACE_CHAR || /\p{White_Space}/u.test(char);
      const chars = Array.from(token);
      const first = chars.findIndex((char) => !isSpace(char));
      const last = chars.findLastIndex((char) => !isSpace(char));
      spaces = { leading: first < 0 ? chars.length : first, trailing: chars.length - 1 - last };
      this.#spaces.set(id, spaces);
    }
    return spaces;
  }
}
