// What `forward` takes: token ids and their companions as tensors or plain nested arrays, and the feeds of a session that follow.

import { BertletError } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import type { Feeds } from "../wasm/session.ts";

/** Numbers nested as deep as the tensor that they stand for. */
export type Nested = number | readonly Nested[];

/** [batch][length] numbers, row by row. */
export type TokenMatrix = readonly (readonly number[])[];

/** The inputs of BertModel and its heads, named as in the reference. Each is [batch, length] unless it says otherwise. */
export interface ModelInputs {
  readonly input_ids?: Tensor | TokenMatrix | undefined;
  /** [batch, length], or [batch, length, length] by query and key. */
  readonly attention_mask?: Tensor | TokenMatrix | readonly TokenMatrix[] | undefined;
  readonly token_type_ids?: Tensor | TokenMatrix | undefined;
  /** 0, 1, 2, … when left out. */
  readonly position_ids?: Tensor | TokenMatrix | undefined;
  /** [batch, length, H] Vectors in place of the word embeddings of `input_ids`. */
  readonly inputs_embeds?: Tensor | readonly TokenMatrix[] | undefined;
  /** [A] or [layers, A] Factors of the attention probabilities of each attention head. */
  readonly head_mask?: Tensor | readonly number[] | TokenMatrix | undefined;
  /** [batch, S, H] Of a decoder with cross-attention: the hidden states of the texts that it attends to. */
  readonly encoder_hidden_states?: Tensor | readonly TokenMatrix[] | undefined;
  /** [batch, S] Ones when left out. */
  readonly encoder_attention_mask?: Tensor | TokenMatrix | undefined;
}

/** The inputs, each with the type of its tensor and the ranks that it may have. */
const MODEL_INPUTS = {
  input_ids: { type: "int32", ranks: [2] },
  attention_mask: { type: "int32", ranks: [2, 3] },
  token_type_ids: { type: "int32", ranks: [2] },
  position_ids: { type: "int32", ranks: [2] },
  inputs_embeds: { type: "float32", ranks: [3] },
  head_mask: { type: "float32", ranks: [1, 2] },
  encoder_hidden_states: { type: "float32", ranks: [3] },
  encoder_attention_mask: { type: "int32", ranks: [2] },
} as const satisfies Record<keyof ModelInputs, { type: "int32" | "float32"; ranks: readonly number[] }>;

export const MODEL_INPUT_NAMES = Object.keys(MODEL_INPUTS) as readonly (keyof ModelInputs)[];

/**
 * @param further dimensions before the usual ones: 1 for inputs that are [batch, choices, length]
 * @throws BertletError `invalid_input` for an unknown input, listing the known ones, or for rows of unequal length
 */
export function toFeeds(inputs: Readonly<Record<string, Tensor | Nested | undefined>>, further = 0): Feeds {
  const feeds: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(inputs)) {
    const input = Object.hasOwn(MODEL_INPUTS, name) ? MODEL_INPUTS[name as keyof ModelInputs] : undefined;
    if (!input) throw invalid(`there is no input ${name}; the inputs are ${MODEL_INPUT_NAMES.join(", ")}`);
    const ranks = name === "head_mask" ? input.ranks : input.ranks.map((rank) => rank + further);
    if (value !== undefined) feeds[name] = toTensor(value, name, input.type, ...ranks);
  }
  return feeds;
}

/** The feeds with a mask [batch, length] as one by query and key [batch, length, length], so that masked tokens have outputs, too. */
export function withEveryToken(feeds: Feeds): Feeds {
  const mask = feeds.attention_mask;
  if (mask?.dims.length !== 2) return feeds;
  const [batch, length] = mask.dims as [number, number];
  const keys = Int32Array.from(mask.data as Iterable<number | bigint>, Number);
  const every = new Int32Array(batch * length * length);
  for (let row = 0; row < batch * length; row++) {
    const text = Math.floor(row / length);
    every.set(keys.subarray(text * length, (text + 1) * length), row * length);
  }
  return { ...feeds, attention_mask: new Tensor("int32", every, [batch, length, length]) };
}

/** A tensor of one of these ranks. @throws BertletError `invalid_input` for anything else */
export function toTensor(
  value: Tensor | Nested,
  name: string,
  type: "int32" | "float32",
  ...ranks: readonly number[]
): Tensor {
  const tensor = isTensor(value) ? value : fromNested(value, name, type);
  if (ranks.includes(tensor.dims.length)) return tensor;
  throw invalid(`${name} is [${tensor.dims.join(", ")}] where ${ranks.join(" or ")} dimensions are expected`);
}

function isTensor(value: Tensor | Nested): value is Tensor {
  return typeof value === "object" && value !== null && "dims" in value && "data" in value;
}

function fromNested(value: Nested, name: string, type: "int32" | "float32"): Tensor {
  const dims = shapeOf(value);
  const numbers: number[] = [];
  const collect = (nested: Nested, depth: number): void => {
    if (depth < dims.length) {
      if (!Array.isArray(nested) || nested.length !== dims[depth]) throw invalid(`rows of ${name} differ in length`);
      for (const inner of nested) collect(inner, depth + 1);
    } else if (typeof nested !== "number" || (type === "int32" && !Number.isInteger(nested)))
      throw invalid(`${name} holds ${String(nested)} where ${type === "int32" ? "whole numbers" : "numbers"} belong`);
    else numbers.push(nested);
  };
  collect(value, 0);
  return new Tensor(type, type === "int32" ? Int32Array.from(numbers) : Float32Array.from(numbers), dims);
}

function shapeOf(nested: Nested | undefined): number[] {
  return Array.isArray(nested) ? [nested.length, ...shapeOf(nested[0])] : [];
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}
