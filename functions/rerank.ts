// Texts ordered by how well they answer a query, at /rerank, in the shape of Text Embeddings Inference.
import * as v from "valibot";
import { checkTexts } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { count, head, truncate } from "../src/http/parameters.ts";
import { route } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { cutting } from "../src/http/truncation.ts";
import { pipeline } from "../src/models/pipeline.ts";
import { defaultModel } from "./default-model.ts";

/** [{index, score, text}], best first; the text only where `return_text` is true. */
export const rerank = route({
  path: "/rerank",
  task: "text-ranking",
  summary: "Order texts by how well they answer a query",
  fields: {
    query: v.string(),
    texts: v.array(v.string()),
    raw_scores: v.optional(v.boolean(), false),
    return_text: v.optional(v.boolean(), false),
    top_k: v.optional(v.pipe(count, v.description("How many texts; all when left out."))),
    head,
    ...truncate,
  },
  answer: v.array(v.object({ index: v.number(), score: v.number(), text: v.optional(v.string()) })),
  async run(model, { query, texts, raw_scores, return_text, top_k: topK, head, ...cut }) {
    checkTexts(texts.map((text): [string, string] => [query, text]));
    const rank = await pipeline("rerank", cutting(model, cut.truncation_direction), { head });
    const functionToApply = raw_scores ? "none" : undefined;
    const options = {
      topK,
      functionToApply,
      truncation: cut.truncate ?? true,
      maxTokens: LIMITS.batch_tokens,
    } as const;
    const ranked = await rank({ query, texts }, options);
    return ranked.map(({ index, score, text }) => (return_text ? { index, score, text } : { index, score }));
  },
});

export default serve(defaultModel, rerank);
