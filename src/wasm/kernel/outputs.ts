// The outputs of a run: what was asked for, how large it is, and where each computed row goes. It allocates results and copies rows
// into them; it computes nothing.
import { Tensor } from "onnxruntime-common";
import type { BertConfig } from "../../architectures/config.ts";
import { BertletError } from "../../errors.ts";
import type { Batch } from "../batch.ts";
import type { BoundOutput } from "./head-steps.ts";

/** Something to compute. `row`: one vector a row of the batch; `token`: one a token; `attention`: [A][S][S] a row. */
export type Request =
  | { readonly kind: "hidden"; readonly layer: number }
  | { readonly kind: "attention"; readonly layer: number }
  | { readonly kind: "pooler" }
  | { readonly kind: "head"; readonly head: BoundOutput };

/** What a model can be asked for. */
export interface Catalogue {
  readonly config: BertConfig;
  readonly pooler: boolean;
  readonly heads: readonly BoundOutput[];
}

/** Reads the name of an output. @throws BertletError `invalid_input` for a name that the model does not have */
export function parseRequest(name: string, { config, pooler, heads }: Catalogue): Request {
  const layers = config.num_hidden_layers;
  if (name === "last_hidden_state") return { kind: "hidden", layer: layers };
  if (name === "pooler_output" && pooler) return { kind: "pooler" };
  const head = heads.find((head) => head.name === name);
  if (head) return { kind: "head", head };
  const [, what, index] = /^(hidden_states|attentions)\.(\d{1,4})$/.exec(name) ?? [];
  if (what === "hidden_states" && Number(index) <= layers) return { kind: "hidden", layer: Number(index) };
  if (what === "attentions" && Number(index) < layers) return { kind: "attention", layer: Number(index) };
  throw new BertletError("invalid_input", `the model has no output ${name}`);
}

/** Whether the request needs the last layer's hidden states of every token, not only of the first. */
export function needsAllTokens(request: Request, layers: number): boolean {
  if (request.kind === "hidden") return request.layer === layers;
  if (request.kind === "attention") return request.layer === layers - 1;
  return request.kind === "head" && request.head.from === "last_hidden_state";
}

/** Whether the request starts from the pooled first token. */
export function needsPooler(request: Request): boolean {
  return request.kind === "pooler" || (request.kind === "head" && request.head.from === "pooler_output");
}

/** One result in the making. */
export class Output {
  readonly request: Request;
  readonly name: string;
  readonly dims: readonly number[];
  readonly #batch: Batch;
  #data: Float32Array | undefined;

  constructor(name: string, request: Request, batch: Batch, config: BertConfig) {
    this.name = name;
    this.request = request;
    this.dims = dims(request, batch, config);
    this.#batch = batch;
  }

  get bytes(): number {
    return 4 * this.dims.reduce((product, extent) => product * extent, 1);
  }

  get tensor(): Tensor {
    return new Tensor("float32", this.#values, this.dims);
  }

  /** Takes a row of stride `ld` for each of `tokens`, which are counted over the batch, masked ones left out. */
  putTokens(rows: Float32Array, ld: number, tokens: readonly number[]): void {
    const width = this.dims.at(-1)!;
    for (const [index, token] of tokens.entries()) {
      const place = this.#batch.places[token]!;
      if (place >= 0) this.#values.set(rows.subarray(index * ld, index * ld + width), place * width);
    }
  }

  /** Takes `count` vectors of stride `ld`; the first belongs to row `row` of the batch. */
  putRows(rows: Float32Array, ld: number, row: number, count: number): void {
    const width = this.dims.at(-1)!;
    for (let i = 0; i < count; i++) this.#values.set(rows.subarray(i * ld, i * ld + width), (row + i) * width);
  }

  /** Takes the attention probabilities [A][S][S] of one row. */
  putAttention(probs: Float32Array, row: number): void {
    const [, A, length] = this.dims as [number, number, number];
    const { columns } = this.#batch.rows[row]!;
    const S = columns.length;
    for (let a = 0; a < A; a++) {
      for (let query = 0; query < S; query++) {
        const target = ((row * A + a) * length + columns[query]!) * length;
        const source = (a * S + query) * S;
        for (let key = 0; key < S; key++) this.#values[target + columns[key]!] = probs[source + key]!;
      }
    }
  }

  get #values(): Float32Array {
    this.#data ??= new Float32Array(this.bytes / 4);
    return this.#data;
  }
}

function dims(request: Request, { rows, length, tokenDims }: Batch, config: BertConfig): number[] {
  if (request.kind === "hidden") return [...tokenDims, config.hidden_size];
  if (request.kind === "pooler") return [rows.length, config.hidden_size];
  if (request.kind === "head")
    return [...(request.head.from === "pooler_output" ? [rows.length] : tokenDims), request.head.size];
  if (length === undefined && rows.length > 1) {
    throw new BertletError("invalid_input", "attentions of several rows need padded feeds, not row_starts");
  }
  const S = length ?? rows[0]!.ids.length;
  return [rows.length, config.num_attention_heads, S, S];
}
