// What the embedding routes share, whichever client's words they speak: texts or token ids in, vectors out.
import * as v from "valibot";
import type { EmbedOptions } from "../heads/embedding.ts";
import { BertModel } from "../models/bert-model.ts";
import { type LoadedModel, tokenizationOf } from "../models/loaded-model.ts";
import { checkCount, listSingleTexts } from "./body.ts";
import { RequestError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { ids } from "./parameters.ts";

/** A text, token ids, or several of either. */
export const embeddableSchema = v.union(
  [v.string(), v.array(v.string()), ids, v.array(ids)],
  "expected a text, an array of texts, token ids or arrays of them",
);
export type Embeddable = v.InferOutput<typeof embeddableSchema>;

export const vectorsSchema = v.array(v.array(v.number()));

/** One vector a text. */
export function embed(model: LoadedModel, inputs: Embeddable, options: EmbedOptions): Promise<Float32Array[]> {
  return new BertModel(model).embed(listEmbeddable(model, inputs), { ...options, maxTokens: LIMITS.batch_tokens });
}

/** The inputs as texts, token ids decoded. */
export function listEmbeddable(model: LoadedModel, inputs: Embeddable): readonly string[] {
  if (typeof inputs === "string") return listSingleTexts(inputs);
  const several = inputs.every((item) => typeof item === "number") ? [inputs] : inputs;
  checkCount(several);
  return listSingleTexts(several.map((item) => (typeof item === "string" ? item : decode(model, [item].flat()))));
}

/** The text of token ids; special tokens that stand around a text are left to the model. */
function decode(model: LoadedModel, tokens: readonly number[]): string {
  const { tokenizer } = tokenizationOf(model);
  checkIds(model, tokens);
  const around = [tokenizer.clsTokenId, tokenizer.sepTokenId, tokenizer.padTokenId];
  const inside = tokens.filter((id) => !around.includes(id));
  return tokenizer.decode(inside, { cleanUpTokenizationSpaces: false });
}

/** @throws RequestError `invalid_input` for an id that no token has */
export function checkIds(model: LoadedModel, tokens: readonly number[]): void {
  const names = tokenizationOf(model).tokenizer.convertIdsToTokens(tokens);
  const unknown = names.indexOf(undefined);
  if (unknown >= 0) throw new RequestError("invalid_input", `there is no token ${tokens[unknown]}`);
}
