// What model classes take: token ids as tensors or plain nested arrays, or texts. Everything becomes feeds of a session.
import { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import type { BertTokenizerFast, TextInput } from "../tokenizer/tokenizer.ts";
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
  for (const name of ["input_ids", "attention_mask", "token_type_ids"] as const) {
    const value = inputs[name];
    if (value !== undefined) feeds[name] = isMatrix(value) ? toTensor(value, name) : value;
  }
  return feeds;
}

/** How texts become rows of tokens. */
export interface TextOptions {
  /** Whether texts that are too long are cut (the default) or refused. */
  readonly truncation?: boolean | undefined;
  /** The most tokens that all texts may have together. */
  readonly maxTokens?: number | undefined;
}

/**
 * Tokenizes texts to ragged feeds: no padding is ever computed.
 * @throws BertletError `input_too_large` for a text that is too long and not to be cut, or for too many tokens in all
 */
export function textFeeds(
  tokenizer: BertTokenizerFast,
  texts: readonly TextInput[],
  maxLength: number,
  { truncation = true, maxTokens = Number.POSITIVE_INFINITY }: TextOptions,
): Feeds {
  const { input_ids, token_type_ids, row_starts } = tokenizer.encodeBatch(texts, { truncation, maxLength });
  for (let row = 0; row < texts.length; row++) {
    const length = row_starts[row + 1]! - row_starts[row]!;
    if (length > maxLength) throw tooLarge(`text ${row} has ${length} tokens, the model takes ${maxLength}`);
  }
  if (input_ids.length > maxTokens)
    throw tooLarge(`the texts have ${input_ids.length} tokens, the limit is ${maxTokens}`);
  return {
    input_ids: new Tensor("int32", input_ids, [input_ids.length]),
    token_type_ids: new Tensor("int32", token_type_ids, [token_type_ids.length]),
    row_starts: new Tensor("int32", row_starts, [row_starts.length]),
  };
}

function tooLarge(message: string): BertletError {
  return new BertletError("input_too_large", message);
}

function isMatrix(value: Tensor | TokenMatrix): value is TokenMatrix {
  return Array.isArray(value);
}

function toTensor(rows: TokenMatrix, name: string): Tensor {
  const length = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== length))
    throw new BertletError("invalid_input", `rows of ${name} differ in length`);
  return new Tensor("int32", Int32Array.from(rows.flat()), [rows.length, length]);
}
