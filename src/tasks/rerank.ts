// Texts ordered by how well they answer a query, in the shape of Text Embeddings Inference.
import * as v from "valibot";
import { findRanker, runHead } from "../heads/run.ts";
import { sequenceClassifier } from "../heads/sequence-classification.ts";
import { named } from "../schemas.ts";
import { count, head } from "./fields.ts";
import { checkTexts } from "./inputs.ts";
import { LIMITS } from "./limits.ts";
import type { RequestModel } from "./request-model.ts";
import { inSlices } from "./slices.ts";
import { defineTask } from "./task.ts";
import { truncate } from "./vector-fields.ts";

/** [{index, score, text}], best first; the text only if `return_text` is true. */
export const rerank = defineTask({
  path: "/rerank",
  pipeline: "text-ranking",
  summary: "Order texts by how well they answer a query",
  description: "The indices of the texts with their scores, best first.",
  example: { query: "who wrote it?", texts: ["Mary wrote it.", "It rains."] },
  fields: {
    query: v.string(),
    texts: v.array(v.string()),
    raw_scores: v.optional(v.boolean(), false),
    return_text: v.optional(v.boolean(), false),
    top_k: v.optional(v.pipe(count, v.description("How many texts; all when omitted."))),
    head,
    ...truncate,
  },
  answer: v.array(
    named("RankedText", v.object({ index: v.number(), score: v.number(), text: v.optional(v.string()) })),
  ),
  async run(model, { query, texts, return_text, top_k, ...options }) {
    const ranked = (await rankTexts(model, query, texts, options)).slice(0, top_k);
    return ranked.map(({ index, score }) => (return_text ? { index, score, text: texts[index]! } : { index, score }));
  },
});

interface RankOptions {
  readonly head?: string | undefined;
  readonly raw_scores?: boolean | undefined;
  readonly truncate?: boolean | null | undefined;
}

/**
 * The texts' indices and scores, best first.
 * @throws BertletError `empty_input`, `input_too_large`, or `not_found` for a model without such a head
 */
export async function rankTexts(
  model: RequestModel,
  query: string,
  texts: readonly string[],
  { head, raw_scores, truncate }: RankOptions = {},
): Promise<{ index: number; score: number }[]> {
  const pairs = texts.map((text): [string, string] => [query, text]);
  checkTexts(pairs, LIMITS.rerank_texts);
  const options = { functionToApply: raw_scores ? ("none" as const) : undefined, truncation: truncate ?? true };
  const ranker = sequenceClassifier(findRanker(model, head));
  const scores = await inSlices(model, pairs, options, async (model, slice) => {
    const labels = await runHead(model, ranker, slice, options);
    return labels.map(([label]) => label!.score);
  });
  return scores.map((score, index) => ({ index, score })).toSorted((a, b) => b.score - a.score);
}
