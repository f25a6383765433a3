// A service that clients of Text Embeddings Inference (TEI) can talk to: its routes, bodies and answers over the same functions. /info,
// /health and /metrics every service has; /predict is what only TEI knows.
import * as v from "valibot";
import { checkTexts } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { head, labelsSchema, truncate } from "../src/http/parameters.ts";
import { route } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { cutting } from "../src/http/truncation.ts";
import { BertForSequenceClassification } from "../src/models/bert-for-sequence-classification.ts";
import type { TextInput } from "../src/tokenizer/tokenizer.ts";
import { defaultModel } from "./default-model.ts";
import { embed, embedAll } from "./embed.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";
import { decode, tokenize } from "./tokenize.ts";

const single = v.strictTuple([v.string()]);
const pair = v.strictTuple([v.string(), v.string()]);

/** Every label of a text or a pair, best first; a list of such lists for a batch. A flat pair of strings is one pair, not two texts. */
export const predict = route({
  path: "/predict",
  summary: "Label texts or pairs of texts, as Text Embeddings Inference does",
  fields: {
    inputs: v.union(
      [v.string(), single, pair, v.array(v.union([single, pair]))],
      "expected a string, a pair of strings [string, string] or a batch [[string], [string, string], ...]",
    ),
    raw_scores: v.optional(v.boolean(), false),
    head,
    ...truncate,
  },
  answer: v.union([labelsSchema, v.array(labelsSchema)]),
  async run(model, { inputs, raw_scores, head, truncate, truncation_direction }) {
    const texts = checkTexts(isBatch(inputs) ? inputs.map(toText) : [toText(inputs)]);
    const functionToApply = raw_scores ? "none" : undefined;
    const truncation = truncate ?? true;
    const options = { topK: null, functionToApply, truncation, maxTokens: LIMITS.batch_tokens } as const;
    const classifier = new BertForSequenceClassification(cutting(model, truncation_direction), head);
    const labels = await classifier.classify(texts, options);
    return isBatch(inputs) ? labels : labels[0]!;
  },
});

type One = string | v.InferOutput<typeof single | typeof pair>;

function isBatch(inputs: One | One[]): inputs is Exclude<One, string>[] {
  return Array.isArray(inputs) && typeof inputs[0] !== "string";
}

function toText(input: One): TextInput {
  if (typeof input === "string") return input;
  const [first, second] = input;
  return second === undefined ? first : [first, second];
}

export default serve(defaultModel, embed, embedAll, predict, rerank, similarity, tokenize, decode);
