// Feeds → rows of tokens. Padded [batch, length] feeds and the ragged form become the same thing: the tokens that count, each with
// its position. Everything is checked here, so that no kernel ever sees an index out of range.
import type { Tensor } from "onnxruntime-common";
import type { BertConfig } from "../architectures/config.ts";
import { BertletError } from "../errors.ts";
import type { Feeds } from "./session.ts";

/** One text's tokens; masked ones are left out. */
export interface TokenRow {
  readonly ids: Int32Array;
  readonly types: Int32Array;
  /** The column of each token in the padded feeds: its position, and its place in the outputs. */
  readonly columns: Int32Array;
}

/** What a run works on. */
export interface Batch {
  readonly rows: readonly TokenRow[];
  /** The padded length, or undefined for ragged feeds, whose outputs are ragged, too. */
  readonly length: number | undefined;
  /** Each token's row in the outputs that have a row a token, or -1 where it has none; by token, masked ones not counted. */
  readonly places: Int32Array;
  /** The outer dimensions of those outputs: [batch, length], [tokens], or [n] where `output_tokens` names n of them. */
  readonly tokenDims: readonly number[];
}

type Rows = Pick<Batch, "rows" | "length">;

type Limits = Pick<BertConfig, "vocab_size" | "type_vocab_size" | "max_position_embeddings">;

const KNOWN = ["input_ids", "attention_mask", "token_type_ids", "row_starts", "output_tokens"];

/**
 * Reads `input_ids` [batch, length] with `attention_mask` and `token_type_ids` of the same shape (ones and zeros when left out), or
 * ragged `input_ids` [tokens] with `row_starts` [batch + 1]. With `output_tokens` [n], indices into `input_ids` as they lie in memory, what
 * has a row a token has those n rows alone, in that order.
 * @throws BertletError `invalid_input` that says which feed is wrong and where
 */
export function readBatch(feeds: Feeds, limits: Limits): Batch {
  const unknown = Object.keys(feeds).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw invalid(`there is no input ${unknown}; inputs are ${KNOWN.join(", ")}`);
  const { rows, length } = feeds.row_starts ? readRagged(feeds) : readPadded(feeds);
  if (rows.length === 0) throw invalid("input_ids holds no rows");
  for (const [index, row] of rows.entries()) checkRow(row, index, limits);
  const flat = flatIndices(rows, length);
  const asked = feeds.output_tokens;
  if (!asked)
    return { rows, length, places: flat, tokenDims: length === undefined ? [flat.length] : [rows.length, length] };
  dims(asked, "output_tokens", 1);
  const tokens = integers(asked, "output_tokens");
  return { rows, length, places: placesOf(tokens, flat), tokenDims: [tokens.length] };
}

/** Each token's index in input_ids. */
function flatIndices(rows: readonly TokenRow[], length: number | undefined): Int32Array {
  const flat: number[] = [];
  for (const [row, { columns }] of rows.entries()) {
    for (const column of columns) flat.push(length === undefined ? flat.length : row * length + column);
  }
  return Int32Array.from(flat);
}

function placesOf(asked: Int32Array, flat: Int32Array): Int32Array {
  const wanted = new Map(Array.from(asked, (token, place) => [token, place]));
  if (wanted.size < asked.length) throw invalid("output_tokens names a token twice");
  const places = flat.map((index) => wanted.get(index) ?? -1);
  if (places.filter((place) => place >= 0).length < asked.length) {
    const counted = new Set(flat);
    throw invalid(
      `output_tokens names ${asked.find((index) => !counted.has(index))}, where input_ids has no token that counts`,
    );
  }
  return places;
}

function readPadded(feeds: Feeds): Rows {
  const [count, length] = dims(required(feeds, "input_ids"), "input_ids", 2) as [number, number];
  const ids = integers(required(feeds, "input_ids"), "input_ids");
  const mask = optional(feeds, "attention_mask", [count, length]);
  const types = optional(feeds, "token_type_ids", [count, length]);
  if (mask?.some((value) => value !== 0 && value !== 1))
    throw invalid("attention_mask holds values other than 0 and 1");
  const rows = Array.from({ length: count }, (_, row) => {
    const start = row * length;
    const columns = Int32Array.from({ length }, (_, column) => column).filter((column) => mask?.[start + column] !== 0);
    return {
      columns,
      ids: columns.map((column) => ids[start + column]!),
      types: columns.map((column) => types?.[start + column] ?? 0),
    };
  });
  return { rows, length };
}

function readRagged(feeds: Feeds): Rows {
  if (feeds.attention_mask)
    throw invalid("row_starts and attention_mask exclude each other: ragged rows hold no padding");
  const [tokens] = dims(required(feeds, "input_ids"), "input_ids", 1) as [number];
  const ids = integers(required(feeds, "input_ids"), "input_ids");
  const types = optional(feeds, "token_type_ids", [tokens]) ?? new Int32Array(tokens);
  dims(required(feeds, "row_starts"), "row_starts", 1);
  const starts = integers(required(feeds, "row_starts"), "row_starts");
  if (starts.length === 0 || starts[0] !== 0 || starts.at(-1) !== tokens) {
    throw invalid(`row_starts must run from 0 to the ${tokens} tokens of input_ids`);
  }
  const rows = Array.from(starts.subarray(1), (end, row) => {
    const start = starts[row]!;
    if (end < start) throw invalid(`row_starts falls from ${start} to ${end}`);
    const columns = Int32Array.from({ length: end - start }, (_, column) => column);
    return { columns, ids: ids.subarray(start, end), types: types.subarray(start, end) };
  });
  return { rows, length: undefined };
}

function checkRow({ ids, types, columns }: TokenRow, row: number, limits: Limits): void {
  if (ids.length === 0) throw invalid(`row ${row} has no tokens`);
  const positions = columns.at(-1)! + 1;
  if (positions > limits.max_position_embeddings) {
    throw invalid(`row ${row} has ${positions} tokens, the model has ${limits.max_position_embeddings} positions`);
  }
  const id = ids.find((id) => id < 0 || id >= limits.vocab_size);
  if (id !== undefined) throw invalid(`row ${row} holds token ${id}, the vocabulary ${limits.vocab_size} of them`);
  const type = types.find((type) => type < 0 || type >= limits.type_vocab_size);
  if (type !== undefined) throw invalid(`row ${row} holds token type ${type}, the model has ${limits.type_vocab_size}`);
}

function required(feeds: Feeds, name: string): Tensor {
  const tensor = feeds[name];
  if (!tensor) throw invalid(`input ${name} is missing`);
  return tensor;
}

function optional(feeds: Feeds, name: string, shape: readonly number[]): Int32Array | undefined {
  const tensor = feeds[name];
  if (!tensor) return undefined;
  if (tensor.dims.join() !== shape.join()) {
    throw invalid(`${name} has shape [${tensor.dims.join(", ")}] and input_ids [${shape.join(", ")}]`);
  }
  return integers(tensor, name);
}

function dims(tensor: Tensor, name: string, rank: number): readonly number[] {
  if (tensor.dims.length !== rank) {
    throw invalid(`${name} has ${tensor.dims.length} dimensions where ${rank} are expected`);
  }
  return tensor.dims;
}

function integers(tensor: Tensor, name: string): Int32Array {
  const { data } = tensor;
  if (data instanceof Int32Array) return data;
  if (!(data instanceof BigInt64Array)) throw invalid(`${name} is ${tensor.type}, not int32 or int64`);
  if (data.some((value) => BigInt.asIntN(32, value) !== value)) throw invalid(`${name} holds a value beyond 32 bits`);
  return Int32Array.from(data, Number);
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}
