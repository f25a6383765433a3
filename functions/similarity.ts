// How near sentences lie to another, at /similarity: {inputs: {source_sentence, sentences}} → a cosine each, as the Hugging Face task and
// Text Embeddings Inference have it.
import * as v from "valibot";
import { checkTexts } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { prompt_name, truncate } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { cutting } from "../src/http/truncation.ts";
import { pipeline } from "../src/models/pipeline.ts";
import { defaultModel } from "./default-model.ts";

export const similarity = task({
  path: "/similarity",
  task: "sentence-similarity",
  summary: "Compare sentences with another",
  inputs: v.strictObject({ source_sentence: v.string(), sentences: v.pipe(v.array(v.string()), v.minLength(1)) }),
  parameters: { ...truncate, prompt_name },
  answer: v.array(v.number()),
  async run(model, inputs, { truncate, truncation_direction }) {
    checkTexts([inputs.source_sentence, ...inputs.sentences]);
    const compare = await pipeline("sentence-similarity", cutting(model, truncation_direction));
    return compare(inputs, { truncation: truncate ?? true, maxTokens: LIMITS.batch_tokens });
  },
});

export default serve(defaultModel, similarity);
