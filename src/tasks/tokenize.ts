// Texts to tokens (/tokenize) and back (/decode), in the shape of Text Embeddings Inference.

import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { tokenizationOf } from "../heads/run.ts";
import { offsetOf } from "../heads/text-rows.ts";
import { named } from "../schemas.ts";
import { offsetMapper } from "../tokenizer/tokenizer.ts";
import { checkIds } from "./embeddings.ts";
import { ids } from "./fields.ts";
import { checkCount, listSingleTexts, textOrTextsSchema } from "./inputs.ts";
import { LIMITS } from "./limits.ts";
import { withPrompt } from "./prompts.ts";
import { offset_unit } from "./span-fields.ts";
import { defineTask } from "./task.ts";
import { prompt_name } from "./vector-fields.ts";

const tokenSchema = named(
  "Token",
  v.object({
    id: v.number(),
    /** As written in the text. */
    text: v.string(),
    /** As written in the vocabulary. */
    token: v.string(),
    /** Whether it was added by the template rather than found in the text. */
    special: v.boolean(),
    start: v.nullable(v.number()),
    stop: v.nullable(v.number()),
  }),
);

/** A list of tokens per text, not truncated; a list of one for a single text. */
export const tokenize = defineTask({
  path: "/tokenize",
  summary: "Split texts into tokens",
  description: "A list of tokens per text, not truncated; a list of one for a single text.",
  example: { inputs: "a text" },
  fields: {
    inputs: textOrTextsSchema,
    add_special_tokens: v.optional(v.boolean(), true),
    offset_unit,
    prompt_name,
  },
  answer: v.array(v.array(tokenSchema)),
  async run(model, { inputs, add_special_tokens: addSpecialTokens, offset_unit, prompt_name }) {
    const texts = withPrompt(model, prompt_name, listSingleTexts(inputs));
    const { tokenizer } = tokenizationOf(model);
    const rows = tokenizer.encodeBatch(texts, { addSpecialTokens, returnOffsetsMapping: true });
    checkTotal(rows.input_ids.length);
    const names = tokenizer.convertIdsToTokens(rows.input_ids);
    return texts.map((text, row) => {
      const toUnit = offsetMapper(text, offset_unit);
      return range(rows.row_starts[row]!, rows.row_starts[row + 1]!).map((index) => {
        const [id, token] = [rows.input_ids[index]!, names[index]!];
        if (rows.sequence_ids[index]! < 0) return { id, text: token, token, special: true, start: null, stop: null };
        const [start, stop] = offsetOf(rows, index);
        return { id, text: text.slice(start, stop), token, special: false, start: toUnit(start), stop: toUnit(stop) };
      });
    });
  },
});

/** One text per list of token ids; a list of one for a single list. */
export const decode = defineTask({
  path: "/decode",
  summary: "Join tokens to texts",
  description: "A text per list of token ids; a list of one for a single list.",
  example: { ids: [1037, 3793] },
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
    throw new BertletError("input_too_large", `the texts have ${tokens} tokens, the limit is ${LIMITS.batch_tokens}`);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
