// Sentence similarity, as the Hugging Face pipeline and Text Embeddings Inference have it: a cosine per sentence.
import * as v from "valibot";
import { cosineSimilarity, embedding } from "../heads/embedding.ts";
import { runHead } from "../heads/run.ts";
import { named, strictObject } from "../schemas.ts";
import { checkTexts } from "./inputs.ts";
import { promptNamed } from "./prompts.ts";
import { definePipelineTask } from "./task.ts";
import { prompt_name, truncate } from "./vector-fields.ts";

export const similarity = definePipelineTask({
  path: "/similarity",
  pipeline: "sentence-similarity",
  summary: "Compare sentences with a source sentence",
  description: "A cosine per sentence.",
  example: { inputs: { source_sentence: "It rains.", sentences: ["It is raining.", "I like cats."] } },
  inputs: named(
    "SimilarityInputs",
    strictObject({ source_sentence: v.string(), sentences: v.pipe(v.array(v.string()), v.minLength(1)) }),
  ),
  parameters: { ...truncate, prompt_name },
  answer: v.array(v.number()),
  async run(model, inputs, { truncate, prompt_name }) {
    checkTexts([inputs.source_sentence, ...inputs.sentences]);
    const head = embedding(model.embedding, model.config.hidden_size);
    const options = { truncation: truncate ?? true, promptName: promptNamed(model, prompt_name) };
    const [source, ...others] = await runHead(model, head, [inputs.source_sentence, ...inputs.sentences], options);
    return others.map((vector) => cosineSimilarity(source!, vector));
  },
});
