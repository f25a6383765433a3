// What the embedding tasks share, whichever client they speak to: texts or token ids in, vectors out.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { type EmbedOptions, embedding } from "../heads/embedding.ts";
import { runHead, tokenizationOf } from "../heads/run.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { tokenLimits } from "./cost.ts";
import { ids } from "./fields.ts";
import { checkCount, listSingleTexts } from "./inputs.ts";
import { LIMITS } from "./limits.ts";
import type { RequestModel } from "./request-model.ts";
import { inSlices } from "./slices.ts";

/** A text, token ids, or several of either. */
export const embeddableSchema = v.union(
  [v.string(), v.array(v.string()), ids, v.array(ids)],
  "expected a text, an array of texts, token ids or arrays of them",
);
export type Embeddable = v.InferOutput<typeof embeddableSchema>;

export const vectorsSchema = v.array(v.array(v.number()));

/**
 * One vector per input.
 * @throws BertletError `input_too_large`, `empty_input`, or `invalid_input` for an id that is not in the vocabulary
 */
export function embedInputs(model: RequestModel, inputs: Embeddable, options: EmbedOptions): Promise<Float32Array[]> {
  const texts = listEmbeddable(model, inputs, {
    texts: LIMITS.embedding_texts,
    tokens: tokenLimits(model.config).sliced_tokens,
  });
  const head = embedding(model.embedding, model.config.hidden_size);
  return inSlices(model, texts, options, (model, slice) => runHead(model, head, slice, options));
}

/** The vectors as arrays, which is how JSON holds them. @throws BertletError `input_too_large` */
export function listVectors(vectors: readonly Float32Array[]): number[][] {
  const numbers = vectors.reduce((sum, { length }) => sum + length, 0);
  if (numbers > LIMITS.answer_numbers)
    throw new BertletError(
      "input_too_large",
      `the answer would have ${numbers} numbers, the limit is ${LIMITS.answer_numbers}: send fewer texts`,
    );
  return vectors.map((vector) => Array.from(vector));
}

interface InputLimits {
  readonly texts: number;
  readonly tokens: number;
}

const LIMITS_OF_ONE_RUN: InputLimits = { texts: LIMITS.texts, tokens: LIMITS.batch_tokens };

/** The inputs as texts; token ids are decoded. @throws BertletError as {@link embedInputs} */
export function listEmbeddable(model: LoadedModel, inputs: Embeddable, limits = LIMITS_OF_ONE_RUN): readonly string[] {
  if (typeof inputs === "string") return listSingleTexts(inputs, limits.texts);
  const several = inputs.every((item) => typeof item === "number") ? [inputs] : inputs;
  checkCount(several, limits.texts);
  checkTokens(several, limits.tokens);
  const texts = several.map((item) => (typeof item === "string" ? item : decode(model, [item].flat())));
  return listSingleTexts(texts, limits.texts);
}

/** Before any id is looked up. @throws BertletError `input_too_large` */
function checkTokens(inputs: readonly (string | number | readonly number[])[], limit: number): void {
  const tokens = inputs.reduce<number>((sum, input) => sum + (typeof input === "object" ? input.length : 0), 0);
  if (tokens > limit) throw new BertletError("input_too_large", `there are ${tokens} tokens, the limit is ${limit}`);
}

/** The text of token ids; the special tokens around a text are left to the model. */
function decode(model: LoadedModel, tokens: readonly number[]): string {
  const { tokenizer } = tokenizationOf(model);
  checkIds(model, tokens);
  const around = [tokenizer.clsTokenId, tokenizer.sepTokenId, tokenizer.padTokenId];
  const inside = tokens.filter((id) => !around.includes(id));
  return tokenizer.decode(inside, { cleanUpTokenizationSpaces: false });
}

/** @throws BertletError `invalid_input` for an id that is not in the vocabulary */
export function checkIds(model: LoadedModel, tokens: readonly number[]): void {
  const names = tokenizationOf(model).tokenizer.convertIdsToTokens(tokens);
  const unknown = names.indexOf(undefined);
  if (unknown >= 0) throw new BertletError("invalid_input", `there is no token ${tokens[unknown]}`);
}
