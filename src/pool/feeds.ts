// Feeds of some rows of a batch, and where the rows of their outputs belong.
//
// Letters: N rows of the batch, T tokens of all rows.
import { int32 } from "../heads/text-rows.ts";
import { Tensor } from "../tensor.ts";
import type { Feeds } from "../wasm/session.ts";

/** Some rows of a batch as a batch of their own. */
export interface Part {
  readonly feeds: Feeds;
  /** Where outputs with one row per text begin in those of the whole batch. */
  readonly row: number;
  /**
   * Where outputs with one row per token belong: they begin there, counted as the first dimension counts them, or each has a place of its
   * own in `output_tokens`.
   */
  readonly token: number | readonly number[];
}

/**
 * The part of checked feeds (src/wasm/batch.ts) that belongs to the rows `from` to before `to`.
 * @example
 * partOf({ input_ids, row_starts }, 0, 2).feeds.input_ids; // the tokens of the first two rows
 */
export function partOf(feeds: Feeds, from: number, to: number): Part {
  const { row_starts, head_mask, output_tokens } = feeds;
  const starts = row_starts && numbers(row_starts).slice(from, to + 1);
  // Padded inputs are [N, length, …], ragged ones [T, …].
  const [first, end] = starts ? [starts[0]!, starts.at(-1)!] : [from, to];
  const own: Record<string, Tensor> = {};
  let length = 1;
  for (const [name, tensor] of Object.entries(feeds)) {
    if (NOT_SLICED.includes(name)) continue;
    if (!starts) length = tensor.dims[1]!;
    own[name] = slice(tensor, first, end);
  }
  if (starts) own.row_starts = int32(Int32Array.from(starts, (start) => start - first));
  if (head_mask) own.head_mask = head_mask;
  if (!output_tokens) return { feeds: own, row: from, token: first };
  const wanted = numbers(output_tokens)
    .map((token, place) => ({ token: token - first * length, place }))
    .filter(({ token }) => 0 <= token && token < (end - first) * length);
  own.output_tokens = int32(Int32Array.from(wanted, ({ token }) => token));
  return { feeds: own, row: from, token: wanted.map(({ place }) => place) };
}

const NOT_SLICED = ["row_starts", "head_mask", "output_tokens"];

/** Entries `from` to before `to` of the first dimension, as a copy. */
function slice({ type, data, dims }: Tensor, from: number, to: number): Tensor {
  const width = dims.slice(1).reduce((product, extent) => product * extent, 1);
  return new Tensor(type, data.slice(from * width, to * width), [to - from, ...dims.slice(1)]);
}

/** Of a list in int32 or int64. */
function numbers({ data }: Tensor): number[] {
  return Array.from(data as Int32Array | BigInt64Array, Number);
}

/**
 * Writes the rows [·][width] of a part's output to where they belong in the whole batch's.
 * @param at the first row, or each row
 */
export function putRows(rows: Float32Array, at: number | readonly number[], width: number, whole: Float32Array): void {
  if (typeof at === "number") {
    whole.set(rows, at * width);
    return;
  }
  for (const [index, place] of at.entries())
    whole.set(rows.subarray(index * width, (index + 1) * width), place * width);
}
