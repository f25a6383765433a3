// Text generation at /generate: {inputs, parameters} → [{generated_text}] per text. For models that have a causal head; others answer 404.
import * as v from "valibot";
import { BertLMHeadModel } from "../src/heads/causal-lm.ts";
import { likeInputs, listSingleTexts } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { count, head, natural } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { defaultModel } from "./default-model.ts";

const generatedSchema = v.array(v.object({ generated_text: v.string() }));

/** A list of one for a text, as the reference's pipeline gives; a list of such lists for several. */
export const generate = task({
  path: "/generate",
  task: "text-generation",
  summary: "Continue texts",
  inputs: v.union([v.string(), v.array(v.string())], "expected a text or an array of texts"),
  parameters: {
    head,
    max_new_tokens: v.optional(v.pipe(count, v.maxValue(LIMITS.new_tokens)), 20),
    do_sample: v.optional(v.boolean(), false),
    temperature: v.optional(v.pipe(v.number(), v.gtValue(0))),
    top_k: v.optional(natural),
    top_p: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
    seed: v.optional(natural),
    num_beams: v.optional(v.pipe(count, v.maxValue(LIMITS.beams))),
    length_penalty: v.optional(v.number()),
    early_stopping: v.optional(v.boolean()),
  },
  answer: v.union([generatedSchema, v.array(generatedSchema)]),
  async run(model, inputs, parameters) {
    const texts = listSingleTexts(inputs);
    const generated = await new BertLMHeadModel(model, parameters.head).generateText(texts, {
      maxNewTokens: parameters.max_new_tokens,
      doSample: parameters.do_sample,
      temperature: parameters.temperature,
      topK: parameters.top_k,
      topP: parameters.top_p,
      seed: parameters.seed,
      numBeams: parameters.num_beams,
      lengthPenalty: parameters.length_penalty,
      earlyStopping: parameters.early_stopping,
    });
    return likeInputs(
      inputs,
      generated.map((text) => [text]),
    );
  },
});

export default serve(defaultModel, generate);
