// Texts ordered by how well they answer a query, in the shape of Text Embeddings Inference.
import * as v from "valibot";
import { pipeline } from "../models/pipeline.ts";
import { count, head, truncate } from "./fields.ts";
import { checkTexts } from "./inputs.ts";
import { defineTask } from "./task.ts";

/** [{index, score, text}], best first; the text only if `return_text` is true. */
export const rerank = defineTask({
  path: "/rerank",
  pipeline: "text-ranking",
  summary: "Order texts by how well they answer a query",
  fields: {
    query: v.string(),
    texts: v.array(v.string()),
    raw_scores: v.optional(v.boolean(), false),
    return_text: v.optional(v.boolean(), false),
    top_k: v.optional(v.pipe(count, v.description("How many texts; all when omitted."))),
    head,
    ...truncate,
  },
  answer: v.array(v.object({ index: v.number(), score: v.number(), text: v.optional(v.string()) })),
  async run(model, { query, texts, raw_scores, return_text, top_k: topK, head, truncate }) {
    checkTexts(texts.map((text): [string, string] => [query, text]));
    const rank = await pipeline("rerank", model, { head });
    const functionToApply = raw_scores ? ("none" as const) : undefined;
    const options = { topK, functionToApply, truncation: truncate ?? true };
    const ranked = await rank({ query, texts }, options);
    return ranked.map(({ index, score, text }) => (return_text ? { index, score, text } : { index, score }));
  },
});
