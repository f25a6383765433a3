// Vectors at /embed, one a text, and at /embed_all, one a token; in the shape of Text Embeddings Inference.
import * as v from "valibot";
import { embeddableSchema, embed as embedInputs, listEmbeddable, vectorsSchema } from "../src/http/embeddings.ts";
import { LIMITS } from "../src/http/limits.ts";
import { count, prompt_name, truncate } from "../src/http/parameters.ts";
import { route } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { cutting } from "../src/http/truncation.ts";
import { BertModel } from "../src/models/bert-model.ts";
import { defaultModel } from "./default-model.ts";

/** A list of vectors, also for a single text. */
export const embed = route({
  path: "/embed",
  task: "feature-extraction",
  summary: "Embed texts: a vector each",
  fields: {
    inputs: embeddableSchema,
    normalize: v.optional(v.nullable(v.boolean()), true),
    dimensions: v.optional(v.nullable(v.pipe(count, v.description("Keep only this many, the first.")))),
    pooling: v.optional(v.picklist(["mean", "cls", "max"]), "mean"),
    ...truncate,
    prompt_name,
  },
  answer: vectorsSchema,
  async run(model, { inputs, normalize, dimensions, pooling, truncate, truncation_direction }) {
    const options = { normalize: normalize ?? true, dimensions: dimensions ?? undefined, pooling };
    const vectors = await embedInputs(cutting(model, truncation_direction), inputs, {
      ...options,
      truncation: truncate ?? true,
    });
    return vectors.map((vector) => Array.from(vector));
  },
});

/** A list of vectors a text: its tokens', [CLS] and [SEP] included. */
export const embedAll = route({
  path: "/embed_all",
  summary: "Embed texts: a vector a token",
  fields: { inputs: embeddableSchema, ...truncate, prompt_name },
  answer: v.array(vectorsSchema),
  async run(model, { inputs, truncate, truncation_direction }) {
    const most = Math.floor(LIMITS.answer_numbers / model.config.hidden_size);
    const options = { truncation: truncate ?? true, maxTokens: Math.min(LIMITS.batch_tokens, most) };
    const texts = await new BertModel(cutting(model, truncation_direction)).features(
      listEmbeddable(model, inputs),
      options,
    );
    return texts.map((vectors) => vectors.map((vector) => Array.from(vector)));
  },
});

export default serve(defaultModel, embed, embedAll);
