// What /info returns: build, model, heads and limits. Names at the top level are those of Text Embeddings Inference.
import * as v from "valibot";
import type { LoadedModel } from "../models/loaded-model.ts";
import { LIMITS } from "../tasks/limits.ts";
import { VERSION } from "../version.ts";

const nullableText = v.nullable(v.string());

export const infoSchema = v.object({
  version: v.string(),
  model_id: nullableText,
  model_sha: v.string(),
  model_dtype: v.string(),
  model_type: v.object({ embedding: v.object({ pooling: v.string() }) }),
  max_input_length: v.number(),
  max_batch_tokens: v.number(),
  max_client_batch_size: v.number(),
  auto_truncate: v.boolean(),
  model: v.object({
    name: nullableText,
    license: nullableText,
    digest: v.string(),
    quantization: v.string(),
    hidden_size: v.number(),
    num_hidden_layers: v.number(),
    max_position_embeddings: v.number(),
    vocab_size: v.number(),
    memory_bytes: v.number(),
  }),
  heads: v.array(
    v.object({
      name: v.string(),
      task: v.string(),
      kind: v.string(),
      architecture: v.string(),
      labels: v.array(v.string()),
      problem_type: nullableText,
    }),
  ),
  limits: v.record(v.string(), v.number()),
});

export function describeModel(model: LoadedModel): v.InferInput<typeof infoSchema> {
  const { config, heads, quantization, origin, digest, session, tokenizer } = model;
  const { hidden_size, num_hidden_layers, max_position_embeddings, vocab_size } = config;
  return {
    version: VERSION,
    model_id: origin?.name ?? null,
    model_sha: digest,
    model_dtype: quantization,
    model_type: { embedding: { pooling: model.embedding.pooling.join("+") } },
    max_input_length: Math.min(max_position_embeddings, tokenizer?.modelMaxLength ?? Number.POSITIVE_INFINITY),
    max_batch_tokens: LIMITS.batch_tokens,
    max_client_batch_size: LIMITS.texts,
    auto_truncate: true,
    model: {
      name: origin?.name ?? null,
      license: origin?.license ?? null,
      digest,
      quantization,
      hidden_size,
      num_hidden_layers,
      max_position_embeddings,
      vocab_size,
      memory_bytes: session.memory.bytes,
    },
    heads: heads.map(({ name, task, kind, architecture, labels, problem_type }) => {
      return { name, task, kind, architecture, labels, problem_type };
    }),
    limits: LIMITS,
  };
}
