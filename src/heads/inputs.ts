// What `forward` takes: token ids and their companions as tensors or plain nested arrays, and the feeds of a session that follow.
import { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import type { Feeds } from "../wasm/session.ts";

/** [batch][length] numbers, row by row. */
export type TokenMatrix = readonly (readonly number[])[];

/** The inputs of BertModel and its heads, named as in the reference. Each is [batch, length]. */
export interface ModelInputs {
  readonly input_ids: Tensor | TokenMatrix;
  readonly attention_mask?: Tensor | TokenMatrix;
  readonly token_type_ids?: Tensor | TokenMatrix;
}

/** @throws BertletError `invalid_input` for rows of unequal length */
export function toFeeds(inputs: ModelInputs): Feeds {
  const feeds: Record<string, Tensor> = {};
  for (const name of INPUT_NAMES) {
    const value = inputs[name];
    if (value !== undefined) feeds[name] = isMatrix(value) ? toTensor(value, name) : value;
  }
  return feeds;
}

export const INPUT_NAMES = ["input_ids", "attention_mask", "token_type_ids"] as const;

function isMatrix(value: Tensor | TokenMatrix): value is TokenMatrix {
  return Array.isArray(value);
}

function toTensor(rows: TokenMatrix, name: string): Tensor {
  const length = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== length))
    throw new BertletError("invalid_input", `rows of ${name} differ in length`);
  return new Tensor("int32", Int32Array.from(rows.flat()), [rows.length, length]);
}
