// Embeddings in the shape of Text Embeddings Inference: one vector per text (/embed), or one per token (/embed_all).
import * as v from "valibot";
import { POOLINGS } from "../architectures/head-spec.ts";
import { tokenFeatures } from "../heads/embedding.ts";
import { runHead } from "../heads/run.ts";
import { embeddableSchema, embedInputs, listEmbeddable, listVectors, vectorsSchema } from "./embeddings.ts";
import { count } from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { promptNamed, withPrompt } from "./prompts.ts";
import { defineTask } from "./task.ts";
import { prompt_name, truncate } from "./vector-fields.ts";

/** A list of vectors, also for a single text. */
export const embed = defineTask({
  path: "/embed",
  pipeline: "feature-extraction",
  summary: "Embed texts: one vector per text",
  description: "A list of vectors, also for a single text.",
  example: { inputs: ["a text", "another text"] },
  fields: {
    inputs: embeddableSchema,
    normalize: v.optional(v.nullable(v.boolean()), true),
    dimensions: v.optional(v.nullable(v.pipe(count, v.description("Keep only the first so many.")))),
    pooling: v.optional(v.pipe(v.picklist(POOLINGS), v.description("The model's own when omitted."))),
    ...truncate,
    prompt_name,
  },
  answer: vectorsSchema,
  async run(model, { inputs, normalize, dimensions, pooling, truncate, prompt_name }) {
    const vectors = await embedInputs(model, inputs, {
      normalize: normalize ?? true,
      dimensions: dimensions ?? undefined,
      pooling,
      truncation: truncate ?? true,
      promptName: promptNamed(model, prompt_name),
    });
    return listVectors(vectors);
  },
});

/** A list of token vectors per text, [CLS] and [SEP] included. */
export const embedAll = defineTask({
  path: "/embed_all",
  summary: "Embed texts: one vector per token",
  description: "A list of token vectors per text, special tokens included.",
  example: { inputs: "a text" },
  fields: { inputs: embeddableSchema, ...truncate, prompt_name },
  answer: v.array(vectorsSchema),
  async run(model, { inputs, truncate, prompt_name }) {
    const most = Math.floor(LIMITS.answer_numbers / model.config.hidden_size);
    const options = { truncation: truncate ?? true, maxTokens: most };
    const prompted = withPrompt(model, prompt_name, listEmbeddable(model, inputs));
    const texts = await runHead(model, tokenFeatures(model.config.hidden_size), prompted, options);
    return texts.map((vectors) => vectors.map((vector) => Array.from(vector)));
  },
});
