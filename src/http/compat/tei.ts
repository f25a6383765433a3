// What only Text Embeddings Inference (TEI) has: /predict. Its other routes are the tasks embed, embedAll, rerank, similarity, tokenize and
// decode.
import * as v from "valibot";
import { BertForSequenceClassification } from "../../models/bert-for-sequence-classification.ts";
import { head, labelsSchema, truncate } from "../../tasks/fields.ts";
import { checkTexts } from "../../tasks/inputs.ts";
import { defineTask } from "../../tasks/task.ts";
import type { TextInput } from "../../tokenizer/tokenizer.ts";

const single = v.strictTuple([v.string()]);
const pair = v.strictTuple([v.string(), v.string()]);

/** Every label of a text or a pair, best first; a list of such lists for a batch. A flat pair of strings is one pair, not two texts. */
export const predict = defineTask({
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
  async run(model, { inputs, raw_scores, head, truncate }) {
    const texts = checkTexts(isBatch(inputs) ? inputs.map(toText) : [toText(inputs)]);
    const classifier = new BertForSequenceClassification(model, head);
    const labels = await classifier.classify(texts, {
      topK: null,
      functionToApply: raw_scores ? "none" : undefined,
      truncation: truncate ?? true,
    });
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
