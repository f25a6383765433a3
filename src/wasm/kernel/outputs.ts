// The outputs of a run: what was fetched, how large it is, and where each computed row goes. It allocates results and copies rows into
// them; it computes nothing.

import { type EncoderSpec, stateCount } from "../../architectures/encoder-spec.ts";
import { POOLINGS } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import { elementCount } from "../../shape.ts";
import { Tensor } from "../../tensor.ts";
import type { Batch } from "../batch.ts";
import type { BoundOutput } from "./steps.ts";

/** Something to compute: hidden states [tokens][H], attention probabilities [A][S][S] per row, or the result of steps. */
export type OutputRequest =
  | { readonly kind: "hidden"; readonly layer: number }
  | { readonly kind: "attention"; readonly layer: number }
  | { readonly kind: "steps"; readonly output: BoundOutput };

/** What a model can compute. */
export interface Catalogue {
  readonly encoder: EncoderSpec;
  readonly outputs: readonly BoundOutput[];
}

/** Reads the name of an output. @throws BertletError `invalid_input` for a name that the model does not have */
export function parseRequest(name: string, { encoder, outputs }: Catalogue): OutputRequest {
  const { count } = encoder.layers;
  const states = stateCount(encoder);
  if (name === "last_hidden_state") return { kind: "hidden", layer: states };
  const output = outputs.find((output) => output.name === name) ?? pooledOutput(name, encoder);
  if (output) return { kind: "steps", output };
  const [, what, index] = /^(hidden_states|attentions)\.(\d{1,4})$/.exec(name) ?? [];
  if (what === "hidden_states" && Number(index) <= states) return { kind: "hidden", layer: Number(index) };
  if (what === "attentions" && Number(index) < count) return { kind: "attention", layer: Number(index) };
  const known = ["last_hidden_state", ...outputs.map((output) => output.name)].join(", ");
  throw new BertletError(
    "invalid_input",
    `the model has no output ${name}; it has ${known}, hidden_states.0 to hidden_states.${states}, attentions.0 to attentions.${count - 1} and pooled.${POOLINGS.join(", pooled.")}`,
  );
}

/** `pooled.<mode>`: the pooled hidden states, as they are. */
function pooledOutput(name: string, { hiddenSize: H }: EncoderSpec): BoundOutput | undefined {
  const mode = POOLINGS.find((mode) => name === `pooled.${mode}`);
  return mode && { name, pooling: [mode], width: H, size: H, steps: [] };
}

/** Whether the request needs the last layer's hidden states of every token, not only of the first. */
export function needsAllTokens(request: OutputRequest, encoder: EncoderSpec): boolean {
  if (request.kind === "hidden") return request.layer === stateCount(encoder);
  if (request.kind === "attention") return request.layer === encoder.layers.count - 1;
  return !isFromFirst(request.output);
}

/** Whether the request needs the hidden state of each row's first token, even if that is masked. */
export function needsFirst(request: OutputRequest): boolean {
  return request.kind === "steps" && request.output.pooling?.includes("cls") === true;
}

/** Whether the output begins with the hidden state of each row's first token alone. */
export function isFromFirst({ pooling }: BoundOutput): boolean {
  return pooling?.length === 1 && pooling[0] === "cls";
}

/** One result in the making. */
export class Output {
  readonly request: OutputRequest;
  readonly name: string;
  readonly dims: readonly number[];
  readonly #batch: Batch;
  #data: Float32Array | undefined;

  constructor(name: string, request: OutputRequest, batch: Batch, encoder: EncoderSpec) {
    this.name = name;
    this.request = request;
    this.dims = dims(request, batch, encoder);
    this.#batch = batch;
  }

  get bytes(): number {
    return 4 * elementCount(this.dims);
  }

  get tensor(): Tensor {
    return new Tensor("float32", this.#values, this.dims);
  }

  /** Takes a row of stride `ld` for each of `tokens`, which are counted over the batch, masked ones left out. */
  putTokens(rows: Float32Array, ld: number, tokens: readonly number[]): void {
    const width = this.dims.at(-1)!;
    for (const [index, token] of tokens.entries()) {
      const row = this.#batch.outputRows[token]!;
      if (row >= 0) this.#values.set(rows.subarray(index * ld, index * ld + width), row * width);
    }
  }

  /** Takes `count` vectors of stride `ld`; the first belongs to row `row` of the batch. */
  putRows(rows: Float32Array, ld: number, row: number, count: number): void {
    const width = this.dims.at(-1)!;
    for (let i = 0; i < count; i++) this.#values.set(rows.subarray(i * ld, i * ld + width), (row + i) * width);
  }

  /** Takes the attention probabilities [A][M][S] of one row: M tokens attend to S of them. */
  putAttention(probs: Float32Array, row: number): void {
    const [, A, length] = this.dims as [number, number, number];
    const { columns, keys: S } = this.#batch.rows[row]!;
    const M = columns.length;
    for (let a = 0; a < A; a++) {
      for (let query = 0; query < S; query++) {
        const target = ((row * A + a) * length + columns[query]!) * length;
        const source = (a * M + query) * S;
        for (let key = 0; key < S; key++) this.#values[target + columns[key]!] = probs[source + key]!;
      }
    }
  }

  get #values(): Float32Array {
    this.#data ??= new Float32Array(this.bytes / 4);
    return this.#data;
  }
}

function dims(request: OutputRequest, { rows, length, tokenDims }: Batch, encoder: EncoderSpec): number[] {
  if (request.kind === "hidden") return [...tokenDims, encoder.hiddenSize];
  if (request.kind === "steps") {
    const { pooling, size } = request.output;
    return [...(pooling ? [rows.length] : tokenDims), size];
  }
  if (length === undefined && rows.length > 1) {
    throw new BertletError("invalid_input", "attentions of several rows need padded feeds, not row_starts");
  }
  const S = length ?? rows[0]!.columns.length;
  return [rows.length, encoder.layers.heads, S, S];
}
