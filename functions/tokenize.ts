// Texts to tokens at /tokenize and back at /decode, in the shape of Text Embeddings Inference.
import * as v from "valibot";
import { offsetMapper, offsetOf } from "../src/heads/text-rows.ts";
import { checkCount, listSingleTexts } from "../src/http/body.ts";
import { checkIds } from "../src/http/embeddings.ts";
import { RequestError } from "../src/http/errors.ts";
import { LIMITS } from "../src/http/limits.ts";
import { ids, offset_unit, prompt_name } from "../src/http/parameters.ts";
import { route } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { tokenizationOf } from "../src/models/loaded-model.ts";
import { defaultModel } from "./default-model.ts";

const tokenSchema = v.object({
  id: v.number(),
  /** As the text has it. */
  text: v.string(),
  /** As the vocabulary has it. */
  token: v.string(),
  /** Whether it stands around the text rather than for a part of it. */
  special: v.boolean(),
  start: v.nullable(v.number()),
  stop: v.nullable(v.number()),
});

/** A list of tokens a text, also for a single one; not cut to what the model takes. */
export const tokenize = route({
  path: "/tokenize",
  summary: "Split texts into tokens",
  fields: {
    inputs: v.union([v.string(), v.array(v.string())], "expected a text or an array of texts"),
    add_special_tokens: v.optional(v.boolean(), true),
    offset_unit,
    prompt_name,
  },
  answer: v.array(v.array(tokenSchema)),
  async run(model, { inputs, add_special_tokens: addSpecialTokens, offset_unit }) {
    const texts = listSingleTexts(inputs);
    const { tokenizer } = tokenizationOf(model);
    const rows = tokenizer.encodeBatch(texts, { addSpecialTokens, returnOffsetsMapping: true });
    checkTotal(rows.input_ids.length);
    const names = tokenizer.convertIdsToTokens(rows.input_ids);
    return texts.map((text, row) => {
      const place = offsetMapper(text, offset_unit);
      return range(rows.row_starts[row]!, rows.row_starts[row + 1]!).map((at) => {
        const [id, token] = [rows.input_ids[at]!, names[at]!];
        if (rows.sequence_ids[at]! < 0) return { id, text: token, token, special: true, start: null, stop: null };
        const [start, stop] = offsetOf(rows, at);
        return { id, text: text.slice(start, stop), token, special: false, start: place(start), stop: place(stop) };
      });
    });
  },
});

/** A text a list of token ids; a list of one for a single list. */
export const decode = route({
  path: "/decode",
  summary: "Join tokens to texts",
  fields: { ids: v.union([ids, v.array(ids)]), skip_special_tokens: v.optional(v.boolean(), true) },
  answer: v.array(v.string()),
  async run(model, { ids, skip_special_tokens: skipSpecialTokens }) {
    const rows = ids.every((id) => typeof id === "number") ? [ids] : ids;
    checkCount(rows);
    const all = ids.flat();
    checkTotal(all.length);
    checkIds(model, all);
    return rows.map((row) => tokenizationOf(model).tokenizer.decode([row].flat(), { skipSpecialTokens }));
  },
});

function checkTotal(tokens: number): void {
  if (tokens > LIMITS.batch_tokens)
    throw new RequestError("input_too_large", `the texts have ${tokens} tokens, the limit is ${LIMITS.batch_tokens}`);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

export default serve(defaultModel, tokenize, decode);
