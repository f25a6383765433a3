// Text generation at /generate: {inputs, parameters} → [{generated_text}] per text. For models that have a causal head; others answer 404.
import * as v from "valibot";
import type { Tokenization } from "../src/heads/tokenization.ts";
import { likeInputs, listSingleTexts } from "../src/http/body.ts";
import { RequestError } from "../src/http/errors.ts";
import { LIMITS } from "../src/http/limits.ts";
import { count, head, natural } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { tokenCounts } from "../src/http/token-counts.ts";
import { BertLMHeadModel } from "../src/models/bert-lm-head-model.ts";
import { tokenizationOf } from "../src/models/loaded-model.ts";
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
    temperature: v.optional(v.pipe(v.number(), v.minValue(1e-3), v.maxValue(1e3))),
    top_k: v.optional(natural),
    top_p: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
    seed: v.optional(natural),
    num_beams: v.optional(v.pipe(count, v.maxValue(LIMITS.beams))),
    length_penalty: v.optional(v.pipe(v.number(), v.minValue(-100), v.maxValue(100))),
    early_stopping: v.optional(v.boolean()),
  },
  answer: v.union([generatedSchema, v.array(generatedSchema)]),
  async run(model, inputs, parameters) {
    const texts = listSingleTexts(inputs);
    const generator = new BertLMHeadModel(model, parameters.head);
    checkPrompts(tokenizationOf(model), texts, parameters.num_beams);
    const generated = await generator.generateText(texts, {
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

/** @throws RequestError `input_too_large` for a prompt that the model does not take, or for too many tokens in all */
function checkPrompts(by: Tokenization, texts: readonly string[], beams = 1): void {
  // Each prompt begins with [CLS].
  const lengths = tokenCounts(by, texts).map((count) => count + 1);
  const long = lengths.findIndex((length) => length > by.maxLength);
  if (long >= 0) throw tooLarge(`text ${long} has ${lengths[long]} tokens, the model takes ${by.maxLength}`);
  const total = beams * lengths.reduce((sum, length) => sum + length, 0);
  if (total > LIMITS.prompt_tokens)
    throw tooLarge(`the texts have ${total} tokens in all beams, the limit is ${LIMITS.prompt_tokens}`);
}

function tooLarge(message: string): RequestError {
  return new RequestError("input_too_large", message);
}

export default serve(defaultModel, generate);
