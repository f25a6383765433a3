// Feeds → rows of tokens. Padded [batch, length] feeds and the ragged form become the same: the unmasked tokens, each with its position.
// Everything is checked here, so that no kernel ever sees an index out of range.
//
// Letters: T tokens of all rows, S unmasked tokens of one row, H hidden size, A attention heads.

import { type EncoderSpec, embeddingWidthOf, tableLimit } from "../architectures/encoder-spec.ts";
import { BertletError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import type { KeyValues } from "./key-values.ts";
import type { Feeds } from "./session.ts";

/**
 * One text's unmasked tokens, S of each; and behind them the token of column 0 if that is masked (the text is padded on the left) but
 * asked for: nothing attends to it, but it is what the reference pools.
 */
export interface TokenRow {
  /** S: tokens that are attended to, those of `before` among them. */
  readonly keys: number;
  /** Of a decoder: where keys and values are kept, behind those of the tokens before these. */
  readonly before?: KeyValues | undefined;
  /** [S][S], row by row: 1 where a token attends to another. Undefined: every token attends to all. */
  readonly mask?: Int32Array | undefined;
  /** All 0 where the feeds hold vectors instead of ids. */
  readonly ids: Int32Array;
  readonly types: Int32Array;
  readonly positions: Int32Array;
  /** The column of each token in the padded feeds and outputs. */
  readonly columns: Int32Array;
}

/** What a run works on. */
export interface Batch {
  readonly rows: readonly TokenRow[];
  /** The padded length, or undefined for ragged feeds, whose outputs are ragged, too. */
  readonly length: number | undefined;
  /** [T]: the row of each token in outputs with one row per token, or -1 if it was not requested. */
  readonly outputRows: Int32Array;
  /** The outer dimensions of those outputs: [batch, length], [tokens], or [n] where `output_tokens` names n of them. */
  readonly tokenDims: readonly number[];
  /** [T][H]: hidden states or word vectors, where the feeds hold those. */
  readonly vectors: Float32Array | undefined;
  /** [layers][A]: factors of the attention heads' probabilities. */
  readonly headMask: Float32Array | undefined;
}

/** What the encoder begins with: its embeddings, or hidden states of layers before it. */
export type Start = "embeddings" | "hidden_states";

/** What a model can take. */
export interface BatchLimits {
  readonly start: Start;
  /** Numbers of word pieces, token types and positions. */
  readonly ids: number;
  readonly types: number;
  readonly positions: number;
  /** Of the vectors that a row may begin with. */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
}

/** The inputs that a batch is read from, by what the encoder begins with; the first ones say where the rows are. */
export const BATCH_INPUTS: Readonly<Record<Start, readonly string[]>> = {
  embeddings: ["input_ids", "inputs_embeds", "attention_mask", "token_type_ids", "position_ids", "head_mask"],
  hidden_states: ["hidden_states", "attention_mask", "head_mask"],
};

export function batchLimits(spec: EncoderSpec, start: Start): BatchLimits {
  const limit = (index: "ids" | "types" | "positions") => tableLimit(spec, index);
  return {
    start,
    ids: limit("ids"),
    types: limit("types"),
    positions: limit("positions"),
    hiddenSize: start === "embeddings" ? embeddingWidthOf(spec) : spec.hiddenSize,
    layers: spec.layers.count,
    heads: spec.layers.heads,
  };
}

/**
 * Reads `input_ids` [batch, length] with `attention_mask`, `token_type_ids` and `position_ids` of the same shape (ones, zeros and 0, 1, …
 * when left out), or ragged `input_ids` [tokens] with `row_starts` [batch + 1]. Instead of ids there may be `inputs_embeds`
 * [batch, length, H], or `hidden_states` where the encoder begins with those. With `output_tokens` [n], flat indices of tokens, outputs
 * with one row per token have those n rows alone, in that order. `attention_mask` may be [batch, length, length], by query and key: then
 * no token is left out. `head_mask` is float32 [A] or [layers, A].
 * @param first whether the token of column 0 is asked for even if it is masked
 * @param keyValues one per ragged row: its tokens go on after those in there
 * @throws BertletError `invalid_input` that says which feed is wrong and where
 */
export function readBatch(
  feeds: Feeds,
  limits: BatchLimits,
  first = false,
  keyValues?: readonly KeyValues[] | undefined,
): Batch {
  refuseUnknown(feeds, limits);
  const main = mainInput(feeds, limits);
  const { rows, length } = feeds.row_starts ? readRagged(feeds, main, keyValues) : readPadded(feeds, main, first);
  if (rows.length === 0) throw invalid(`${main.name} holds no rows`);
  for (const [index, row] of rows.entries()) checkRow(row, index, limits);
  const flat = flatIndices(rows, length);
  const headMask = readHeadMask(feeds, limits);
  const vectors = main.ids ? undefined : takeVectors(main.tensor.data as Float32Array, flat, limits.hiddenSize);
  const counted = keysOnly(rows, flat);
  const shared = { rows, length, vectors, headMask };
  const wanted = feeds.output_tokens;
  if (!wanted) {
    const tokenDims = length === undefined ? [flat.length] : [rows.length, length];
    return { ...shared, outputRows: counted, tokenDims };
  }
  checkRank(wanted, "output_tokens", 1);
  const tokens = integers(wanted, "output_tokens");
  return { ...shared, outputRows: rowsOf(tokens, counted), tokenDims: [tokens.length] };
}

function refuseUnknown(feeds: Feeds, { start }: BatchLimits): void {
  const known = [...BATCH_INPUTS[start], "row_starts", "output_tokens"];
  const unknown = Object.keys(feeds).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const why =
    start === "hidden_states" && BATCH_INPUTS.embeddings.includes(unknown)
      ? `this session begins after layer 0 and takes no ${unknown}`
      : `there is no input ${unknown}`;
  throw invalid(`${why}; inputs are ${known.join(", ")}`);
}

/** The input that says where the rows are. */
interface MainInput {
  readonly name: string;
  readonly tensor: Tensor;
  /** [batch, length] or [tokens]. */
  readonly dims: readonly number[];
  readonly ids: Int32Array | undefined;
}

function mainInput(feeds: Feeds, { start, hiddenSize: H }: BatchLimits): MainInput {
  if (feeds.input_ids && feeds.inputs_embeds) throw invalid("input_ids and inputs_embeds exclude each other");
  const name = start === "hidden_states" ? start : feeds.inputs_embeds ? "inputs_embeds" : "input_ids";
  const tensor = required(feeds, name);
  if (name === "input_ids") return { name, tensor, dims: tensor.dims, ids: integers(tensor, name) };
  const { dims, data, type } = tensor;
  if (!(data instanceof Float32Array) || dims.at(-1) !== H) {
    throw invalid(`${name} is ${type} [${dims.join(", ")}] where float32 [batch, length, ${H}] is expected`);
  }
  return { name, tensor, dims: dims.slice(0, -1), ids: undefined };
}

/** Each token's flat index in the feeds. */
function flatIndices(rows: readonly TokenRow[], length: number | undefined): Int32Array {
  const flat: number[] = [];
  for (const [row, { columns }] of rows.entries()) {
    for (const column of columns) flat.push(length === undefined ? flat.length : row * length + column);
  }
  return Int32Array.from(flat);
}

/** The flat indices, or -1 for tokens that nothing attends to. */
function keysOnly(rows: readonly TokenRow[], flat: Int32Array): Int32Array {
  const counted = flat.slice();
  let token = 0;
  for (const { keys, columns } of rows) {
    counted.fill(-1, token + keys, token + columns.length);
    token += columns.length;
  }
  return counted;
}

function readHeadMask({ head_mask }: Feeds, { layers, heads }: BatchLimits): Float32Array | undefined {
  if (!head_mask) return undefined;
  const { data, dims } = head_mask;
  const shape = dims.join();
  if (!(data instanceof Float32Array) || (shape !== `${heads}` && shape !== `${layers},${heads}`)) {
    const found = `${head_mask.type} [${dims.join(", ")}]`;
    throw invalid(`head_mask is ${found} where float32 [${heads}] or [${layers}, ${heads}] is expected`);
  }
  if (dims.length === 2) return data;
  const repeated = new Float32Array(layers * heads);
  for (let layer = 0; layer < layers; layer++) repeated.set(data, layer * heads);
  return repeated;
}

/** [T][H]: the unmasked rows of `values`. */
function takeVectors(values: Float32Array, flat: Int32Array, H: number): Float32Array {
  if (flat.length * H === values.length) return values;
  const taken = new Float32Array(flat.length * H);
  for (const [token, index] of flat.entries()) taken.set(values.subarray(index * H, (index + 1) * H), token * H);
  return taken;
}

/** The place of each token in `wanted`, or -1. */
function rowsOf(wanted: Int32Array, flat: Int32Array): Int32Array {
  const rowOf = new Map(Array.from(wanted, (token, row) => [token, row]));
  if (rowOf.size < wanted.length) throw invalid("output_tokens names a token twice");
  const rows = flat.map((index) => (index < 0 ? -1 : (rowOf.get(index) ?? -1)));
  if (rows.filter((row) => row >= 0).length < wanted.length) {
    const present = new Set(flat);
    throw invalid(`output_tokens names ${wanted.find((index) => !present.has(index))}, which is no unmasked token`);
  }
  return rows;
}

type Rows = Pick<Batch, "rows" | "length">;

function readPadded(feeds: Feeds, main: MainInput, first: boolean): Rows {
  if (main.dims.length !== 2) throw wrongRank(main, 2);
  const [count, length] = main.dims as [number, number];
  const byQuery = feeds.attention_mask?.dims.length === 3;
  const mask = byQuery ? queryMask(feeds.attention_mask!, main) : optional(feeds, "attention_mask", main);
  const types = optional(feeds, "token_type_ids", main);
  const positions = optional(feeds, "position_ids", main);
  if (mask?.some((value) => value !== 0 && value !== 1)) {
    throw invalid("attention_mask holds values other than 0 and 1");
  }
  const rows = Array.from({ length: count }, (_, row) => {
    const start = row * length;
    const all = Int32Array.from({ length }, (_, column) => column);
    const unmasked = byQuery ? all : all.filter((column) => mask?.[start + column] !== 0);
    const columns = first && unmasked.length > 0 && unmasked[0] !== 0 ? Int32Array.of(...unmasked, 0) : unmasked;
    return {
      keys: unmasked.length,
      mask: byQuery ? mask?.subarray(start * length, (start + length) * length) : undefined,
      columns,
      ids: columns.map((column) => main.ids?.[start + column] ?? 0),
      types: columns.map((column) => types?.[start + column] ?? 0),
      positions: positions ? columns.map((column) => positions[start + column]!) : columns,
    };
  });
  return { rows, length };
}

/** [batch, length, length]: by query and key. */
function queryMask(tensor: Tensor, { name, dims }: MainInput): Int32Array {
  const [count, length] = dims as [number, number];
  if (tensor.dims.join() !== `${count},${length},${length}`) {
    throw invalid(`attention_mask has shape [${tensor.dims.join(", ")}] where ${name} has [${dims.join(", ")}]`);
  }
  return integers(tensor, "attention_mask");
}

function readRagged(feeds: Feeds, main: MainInput, keyValues?: readonly KeyValues[]): Rows {
  if (feeds.attention_mask) {
    throw invalid("row_starts and attention_mask exclude each other: ragged rows hold no padding");
  }
  if (main.dims.length !== 1) throw wrongRank(main, 1);
  const [tokens] = main.dims as [number];
  const ids = main.ids ?? new Int32Array(tokens);
  const types = optional(feeds, "token_type_ids", main) ?? new Int32Array(tokens);
  const positions = optional(feeds, "position_ids", main);
  checkRank(required(feeds, "row_starts"), "row_starts", 1);
  const starts = integers(required(feeds, "row_starts"), "row_starts");
  if (starts.length === 0 || starts[0] !== 0 || starts.at(-1) !== tokens) {
    throw invalid(`row_starts must run from 0 to the ${tokens} tokens of ${main.name}`);
  }
  const rows = Array.from(starts.subarray(1), (end, row) => {
    const start = starts[row]!;
    if (end < start) throw invalid(`row_starts falls from ${start} to ${end}`);
    const columns = Int32Array.from({ length: end - start }, (_, column) => column);
    const before = keyValues?.[row];
    const past = before?.start ?? 0;
    return {
      keys: past + columns.length,
      before,
      columns,
      ids: ids.subarray(start, end),
      types: types.subarray(start, end),
      positions: positions?.subarray(start, end) ?? (past > 0 ? columns.map((column) => past + column) : columns),
    };
  });
  return { rows, length: undefined };
}

function checkRow({ ids, types, positions, columns }: TokenRow, row: number, limits: BatchLimits): void {
  if (ids.length === 0) throw invalid(`row ${row} has no tokens`);
  const position = positions.find((position) => position < 0 || position >= limits.positions);
  if (position !== undefined) {
    const implied = positions === columns;
    throw invalid(
      implied
        ? `row ${row} has ${Math.max(...columns) + 1} tokens, the model has ${limits.positions} positions`
        : `row ${row} has position ${position}, the model has ${limits.positions}`,
    );
  }
  const id = ids.find((id) => id < 0 || id >= limits.ids);
  if (id !== undefined) throw invalid(`row ${row} holds token ${id}, the vocabulary has ${limits.ids}`);
  const type = types.find((type) => type < 0 || type >= limits.types);
  if (type !== undefined) throw invalid(`row ${row} holds token type ${type}, the model has ${limits.types}`);
}

function required(feeds: Feeds, name: string): Tensor {
  const tensor = feeds[name];
  if (!tensor) throw invalid(`input ${name} is missing`);
  return tensor;
}

function optional(feeds: Feeds, name: string, main: MainInput): Int32Array | undefined {
  const tensor = feeds[name];
  if (!tensor) return undefined;
  if (tensor.dims.join() !== main.dims.join()) {
    throw invalid(`${name} has shape [${tensor.dims.join(", ")}] where ${main.name} has [${main.dims.join(", ")}]`);
  }
  return integers(tensor, name);
}

function checkRank(tensor: Tensor, name: string, rank: number): void {
  if (tensor.dims.length !== rank) {
    throw invalid(`${name} has ${tensor.dims.length} dimensions where ${rank} are expected`);
  }
}

function wrongRank({ name, tensor, dims }: MainInput, rank: number): BertletError {
  const expected = rank + tensor.dims.length - dims.length;
  return invalid(`${name} has ${tensor.dims.length} dimensions where ${expected} are expected`);
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
