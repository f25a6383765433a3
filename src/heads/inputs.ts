// What model classes take: token ids as tensors or plain nested arrays, or texts. Everything becomes feeds of a session.
import { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import type { BertTokenizerFast, RaggedEncoding, TextInput, TruncationOptions } from "../tokenizer/tokenizer.ts";
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

/** How texts become rows of tokens. */
export interface TextOptions {
  /** Whether texts that are too long are cut (the default), and of pairs which; or refused. */
  readonly truncation?: TruncationOptions["truncation"];
  /** The most tokens in a row; the model's own maximum when left out. */
  readonly maxLength?: number | undefined;
  /** The most tokens that all texts may have together. */
  readonly maxTokens?: number | undefined;
}

/** What texts are turned into rows with: the model's tokenizer, and the most tokens that a row may have. */
export interface Tokenization {
  readonly tokenizer: BertTokenizerFast;
  readonly maxLength: number;
}

/**
 * Tokenizes texts to ragged feeds: no padding is ever computed.
 * @throws BertletError `input_too_large` for a text that is too long and not to be cut, or for too many tokens in all
 */
export function textFeeds(by: Tokenization, texts: readonly TextInput[], options: TextOptions): Feeds {
  const encoding = by.tokenizer.encodeBatch(texts, truncation(by, options));
  checkSize(encoding, by, options);
  return raggedFeeds(encoding);
}

/** What the tokenizer is told so that rows fit the model. */
export function truncation(
  { maxLength }: Tokenization,
  options: TextOptions,
): Required<Pick<TruncationOptions, "truncation" | "maxLength">> {
  return { truncation: options.truncation ?? true, maxLength: Math.min(options.maxLength ?? maxLength, maxLength) };
}

/** @throws BertletError `input_too_large` for a row that the model does not take, or for more than `maxTokens` in all */
export function checkSize(
  { input_ids, row_starts, overflow_to_sample_mapping: texts }: RaggedEncoding,
  { maxLength }: Tokenization,
  { maxTokens = Number.POSITIVE_INFINITY }: TextOptions,
): void {
  for (const [row, text] of texts.entries()) {
    const length = row_starts[row + 1]! - row_starts[row]!;
    if (length > maxLength) throw tooLarge(`text ${text} has ${length} tokens, the model takes ${maxLength}`);
  }
  if (input_ids.length > maxTokens)
    throw tooLarge(`the texts have ${input_ids.length} tokens, the limit is ${maxTokens}`);
}

/** The rows as they lie, for a session. */
export function raggedFeeds({ input_ids, token_type_ids, row_starts }: RaggedEncoding): Feeds {
  return { input_ids: int32(input_ids), token_type_ids: int32(token_type_ids), row_starts: int32(row_starts) };
}

/** A vector of int32. */
export function int32(values: Int32Array): Tensor {
  return new Tensor("int32", values, [values.length]);
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
