// Text classification at POST /classify, in the shape of the Hugging Face task: {inputs, parameters} → [{label, score}] per input.
import { Hono } from "hono";
import * as v from "valibot";
import { BertForSequenceClassification } from "../src/heads/sequence-classification.ts";
import { answer } from "../src/http/answers.ts";
import { listTexts, readBody, textsSchema } from "../src/http/body.ts";
import { methodNotAllowed } from "../src/http/errors.ts";
import { LIMITS } from "../src/http/limits.ts";
import type { ModelLoader } from "../src/http/model-loader.ts";
import { serve } from "../src/http/serve.ts";
import { defaultModel } from "./default-model.ts";

const requestSchema = v.object({
  inputs: textsSchema,
  parameters: v.optional(
    v.strictObject({
      /** Which head; the model's first classifier when left out. */
      head: v.optional(v.string()),
      /** How many labels, best first; null for all. */
      top_k: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))), 1),
      function_to_apply: v.optional(v.picklist(["softmax", "sigmoid", "none"])),
      /** Whether a text that is too long is cut or refused. */
      truncation: v.optional(v.boolean(), true),
    }),
    {},
  ),
});

/** One list of labels for a single text, a list of such lists for several. */
export function classify(model: ModelLoader): Hono {
  const app = new Hono();
  app.post("/classify", async (context) => {
    const { inputs, parameters } = await readBody(context, requestSchema);
    const texts = listTexts(inputs);
    const pretrained = await model();
    const classifier = new BertForSequenceClassification(pretrained, parameters.head);
    const { top_k: topK, function_to_apply: functionToApply, truncation } = parameters;
    return answer(context, [pretrained.digest, classifier.head.name, inputs, parameters], async () => {
      const maxTokens = LIMITS.batch_tokens;
      const labels = await classifier.classify(texts, { topK, functionToApply, truncation, maxTokens });
      return typeof inputs === "string" ? labels[0] : labels;
    });
  });
  app.all("/classify", methodNotAllowed("POST"));
  return app;
}

export default serve(defaultModel, classify);
