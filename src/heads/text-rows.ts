// Texts as rows of tokens that know where they came from. A long text may have several rows: windows that share `stride` tokens.
// Every head that answers with places in the text stands on it.
import type { RaggedOffsets, TextInput, TruncationOptions } from "../tokenizer/tokenizer.ts";
import type { Feeds } from "../wasm/session.ts";
import { checkSize, raggedFeeds, type TextOptions, type Tokenization, truncation } from "./inputs.ts";

/** What offsets count: UTF-16 units, so that `text.slice(start, end)` is right, or code points. */
export type OffsetUnit = NonNullable<TruncationOptions["offsetUnit"]>;

export interface OffsetOptions {
  /** What `start` and `end` count: UTF-16 units when left out. */
  readonly offsetUnit?: OffsetUnit | undefined;
}

/** A row: tokens [from, to) of the encoding. */
export interface TextRow {
  readonly from: number;
  readonly to: number;
}

export interface TextRows {
  /** All rows, end to end; offsets in UTF-16 units. */
  readonly encoding: RaggedOffsets;
  readonly feeds: Feeds;
  /** The rows of each text, in order. */
  readonly rows: readonly (readonly TextRow[])[];
}

/**
 * Tokenizes texts; with `stride`, what does not fit a row goes to further rows, else it is cut off.
 * @throws BertletError as textFeeds, and `invalid_input` for a stride that leaves no room
 */
export function encodeRows(
  by: Tokenization,
  texts: readonly TextInput[],
  options: TextOptions,
  stride?: number,
): TextRows {
  const windows = stride === undefined ? {} : { stride, returnOverflowingTokens: true };
  const encoding = by.tokenizer.encodeBatch(texts, {
    ...truncation(by, options),
    ...windows,
    returnOffsetsMapping: true,
  });
  checkSize(encoding, by, options);
  const rows: TextRow[][] = texts.map(() => []);
  for (const [row, text] of encoding.overflow_to_sample_mapping.entries()) {
    rows[text]!.push({ from: encoding.row_starts[row]!, to: encoding.row_starts[row + 1]! });
  }
  return { encoding, feeds: raggedFeeds(encoding), rows };
}

/** The range of one token in its text. */
export function offsetOf({ offset_mapping }: RaggedOffsets, token: number): [start: number, end: number] {
  return [offset_mapping[2 * token]!, offset_mapping[2 * token + 1]!];
}

/** Turns UTF-16 indices of `text` into `unit`. */
export function offsetMapper(text: string, unit: OffsetUnit = "utf16"): (index: number) => number {
  if (unit === "utf16" || !SURROGATE.test(text)) return (index) => index;
  const points = new Int32Array(text.length + 1);
  for (let i = 0; i < text.length; i++) {
    const isTrail = /[\uDC00-\uDFFF]/.test(text[i]!) && /[\uD800-\uDBFF]/.test(text[i - 1] ?? "");
    points[i + 1] = points[i]! + (isTrail ? 0 : 1);
  }
  return (index) => points[index]!;
}

const SURROGATE = /[\uD800-\uDFFF]/;
