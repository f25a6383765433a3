// Texts as rows of tokens that keep where they came from. A long text may have several rows: windows that share tokens. Every head that
// answers with offsets in the text builds on them.

import { type OptionTable, oneOf } from "../options.ts";
import { Tensor } from "../tensor.ts";
import type { OffsetUnit, RaggedEncoding, RaggedOffsets, Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Feeds } from "../wasm/session.ts";

export interface OffsetOptions {
  /** What `start` and `end` count: UTF-16 units when left out. */
  readonly offsetUnit?: OffsetUnit | undefined;
}

export const OFFSET_OPTIONS: OptionTable<OffsetOptions> = { offsetUnit: oneOf("utf16", "codepoint") };

/** Row `index` of a batch: tokens [from, to) of the encoding. */
export interface TextRow {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** What a head reads: `inputs` as rows. */
export interface TextRows<Input> {
  readonly inputs: readonly Input[];
  readonly tokenizer: Tokenizer;
  /** All rows, end to end; offsets in UTF-16 units. */
  readonly encoding: RaggedOffsets;
  /** The rows as a session takes them. */
  readonly feeds: Feeds;
  /** The rows of each input, in order. */
  readonly rows: readonly (readonly TextRow[])[];
}

/** Ragged rows as feeds of a session: input_ids [T], token_type_ids [T], row_starts [R + 1]. */
export function raggedFeeds({ input_ids, token_type_ids, row_starts }: RaggedEncoding): Feeds {
  return { input_ids: int32(input_ids), token_type_ids: int32(token_type_ids), row_starts: int32(row_starts) };
}

/** Rows of ids, end to end, as feeds: input_ids [T], row_starts [R + 1]. */
export function rowFeeds(rows: readonly (readonly number[])[]): Record<"input_ids" | "row_starts", Tensor> {
  const starts = new Int32Array(rows.length + 1);
  for (const [index, row] of rows.entries()) starts[index + 1] = starts[index]! + row.length;
  return { input_ids: int32(Int32Array.from(rows.flat())), row_starts: int32(starts) };
}

/** A vector of int32. */
export function int32(values: Int32Array): Tensor {
  return new Tensor("int32", values, [values.length]);
}

/** The range of one token in its text. */
export function offsetOf({ offset_mapping }: RaggedOffsets, token: number): [start: number, end: number] {
  return [offset_mapping[2 * token]!, offset_mapping[2 * token + 1]!];
}
