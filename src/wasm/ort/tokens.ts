// Ragged feeds and chosen tokens for an engine that knows padded batches only: feeds are padded before a run, and the rows that were
// asked for are taken out of its outputs afterwards. It runs nothing.

import type { PoolingMode } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import { elementCount } from "../../shape.ts";
import { Tensor } from "../../tensor.ts";
import { type Batch, type BatchLimits, readBatch } from "../batch.ts";
import { poolTokens } from "../pooling.ts";
import type { Feeds } from "../session.ts";
import type { GraphInput } from "./feeds.ts";

/** Feeds that a graph can take, and the way from its outputs to those that the caller's feeds ask for. */
export interface TokenPlan {
  readonly padded: Feeds;
  /** @param shape the output's as the graph declares it, where dimensions may have names */
  select(output: Tensor, shape: readonly (number | string)[]): Tensor;
  /** [batch, length, H], as the graph computed it → [batch, H]. */
  pool(hidden: Tensor, mode: PoolingMode): Tensor;
}

// The graph's own checks come at run time: it knows its tables, and its file does not say their sizes.
const MOST = 2 ** 31;
const NO_LIMITS: BatchLimits = {
  start: "embeddings",
  ids: MOST,
  types: MOST,
  positions: MOST,
  hiddenSize: 0,
  layers: 0,
  heads: 0,
};

/** @throws BertletError `invalid_input` for feeds that do not fit together, or that the graph cannot take padded */
export function takeTokens(feeds: Feeds, inputs: readonly GraphInput[]): TokenPlan {
  const pool: TokenPlan["pool"] = (hidden, mode) => poolRows(hidden, readBatch(feeds, NO_LIMITS), mode);
  if (!feeds.row_starts && !feeds.output_tokens) return { padded: feeds, select: (output) => output, pool };
  const batch = readBatch(feeds, NO_LIMITS);
  const { output_tokens: _, ...others } = feeds;
  const padded = feeds.row_starts ? pad(batch, inputs) : others;
  const length = padded.input_ids!.dims[1]!;
  const lengthName = inputs.find(({ name }) => name === "input_ids")!.shape[1];
  return {
    padded,
    pool,
    select: (output, shape) => {
      if (output.dims.length === 4) return refuseSeveral(output, batch);
      const perToken = output.dims[1] === length && (output.dims.length === 3 || shape[1] === lengthName);
      return perToken ? takeRows(output, batch, length) : output;
    },
  };
}

/** The rows side by side: [batch, longest]. */
function pad({ rows }: Batch, inputs: readonly GraphInput[]): Feeds {
  const length = Math.max(...rows.map(({ ids }) => ids.length));
  if (rows.some(({ ids }) => ids.length < length) && !inputs.some(({ name }) => name === "attention_mask")) {
    throw new BertletError("invalid_input", "the graph has no attention_mask, so its rows must be of one length");
  }
  const matrix = (values: (row: Batch["rows"][number]) => Int32Array) => {
    const data = new Int32Array(rows.length * length);
    for (const [index, row] of rows.entries()) data.set(values(row), index * length);
    return new Tensor("int32", data, [rows.length, length]);
  };
  const feeds: Record<string, Tensor> = {
    input_ids: matrix(({ ids }) => ids),
    attention_mask: matrix(({ ids }) => ids.map(() => 1)),
    token_type_ids: matrix(({ types }) => types),
    position_ids: matrix(({ positions }) => positions),
  };
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => inputs.some((input) => input.name === name)));
}

/** [batch, length, …] → [n, …]: the rows of the tokens that were asked for. */
function takeRows(output: Tensor, { rows, outputRows, tokenDims }: Batch, length: number): Tensor {
  const values = floats(output);
  const inner = output.dims.slice(2);
  const width = elementCount(inner);
  const taken = new Float32Array(elementCount(tokenDims) * width);
  let token = 0;
  for (const [row, { columns }] of rows.entries()) {
    for (const column of columns) {
      const target = outputRows[token++]!;
      const from = (row * length + column) * width;
      if (target >= 0) taken.set(values.subarray(from, from + width), target * width);
    }
  }
  return new Tensor("float32", taken, [...tokenDims, ...inner]);
}

/** Pools the unmasked tokens of each row. */
function poolRows(hidden: Tensor, { rows }: Batch, mode: PoolingMode): Tensor {
  const [, length, H] = hidden.dims as [number, number, number];
  const values = floats(hidden);
  const pooled = new Float32Array(rows.length * H);
  for (const [row, { columns }] of rows.entries()) {
    const x = new Float32Array(columns.length * H);
    for (const [token, column] of columns.entries()) {
      const from = (row * length + column) * H;
      x.set(values.subarray(from, from + H), token * H);
    }
    const vector =
      mode === "cls"
        ? values.subarray(row * length * H, (row * length + 1) * H)
        : poolTokens(mode, { x, ld: H, H, columns });
    pooled.set(vector, row * H);
  }
  return new Tensor("float32", pooled, [rows.length, H]);
}

function refuseSeveral(attentions: Tensor, { rows, length }: Batch): Tensor {
  if (length !== undefined || rows.length === 1) return attentions;
  throw new BertletError("invalid_input", "attentions of several rows need padded feeds, not row_starts");
}

function floats({ data, type }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new BertletError("unsupported", `rows of ${type} cannot be taken out of an output; float32 can`);
}
