// Text classification at /classify, in the shape of the Hugging Face task: {inputs, parameters} → [{label, score}] per input.
import * as v from "valibot";
import { likeInputs, listTexts, textsSchema } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { count, head, labelsSchema, truncation } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { BertForSequenceClassification } from "../src/models/bert-for-sequence-classification.ts";
import { defaultModel } from "./default-model.ts";

/** One list of labels for a single text, a list of such lists for several. */
export const classify = task({
  path: "/classify",
  task: "text-classification",
  summary: "Label texts, or pairs of texts",
  inputs: textsSchema,
  parameters: {
    head,
    top_k: v.optional(v.nullable(v.pipe(count, v.description("How many labels, best first; null for all."))), 1),
    function_to_apply: v.optional(v.picklist(["softmax", "sigmoid", "none"])),
    truncation,
  },
  answer: v.union([labelsSchema, v.array(labelsSchema)]),
  async run(model, inputs, { head, top_k: topK, function_to_apply: functionToApply, truncation }) {
    const texts = listTexts(inputs);
    const classifier = new BertForSequenceClassification(model, head);
    const maxTokens = LIMITS.batch_tokens;
    return likeInputs(inputs, await classifier.classify(texts, { topK, functionToApply, truncation, maxTokens }));
  },
});

export default serve(defaultModel, classify);
