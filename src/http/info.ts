// What /info returns: build, model, heads and limits. Names at the top level are those of Text Embeddings Inference.
import * as v from "valibot";
import { embeddingWidth } from "../architectures/embedding-spec.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { tokenLimits } from "../tasks/cost.ts";
import { LIMITS } from "../tasks/limits.ts";
import { VERSION } from "../version.ts";
import { wasmWidth } from "../wasm/kernel/width.ts";

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
  embedding: v.object({
    dimension: v.number(),
    pooling: v.array(v.string()),
    normalized: v.boolean(),
    prompts: v.looseObject({}),
    default_prompt: nullableText,
    max_input_length: v.number(),
  }),
  heads: v.array(
    v.object({
      name: v.string(),
      task: v.string(),
      kind: v.string(),
      architecture: v.string(),
      labels: v.array(v.string()),
      problem_type: nullableText,
      temperature: v.nullable(v.number()),
      calibration_error: v.nullable(v.number()),
      abstains: v.boolean(),
    }),
  ),
  wasm_bits: v.number(),
  limits: v.object(v.entriesFromList(Object.keys(LIMITS), v.number())),
});

/** @param allowed the only heads that the request's key allows; all when undefined */
export function describeModel(model: LoadedModel, allowed?: ReadonlySet<string>): v.InferInput<typeof infoSchema> {
  const { config, quantization, origin, digest, session, embedding } = model;
  const { hidden_size, num_hidden_layers, max_position_embeddings, vocab_size } = config;
  const limits = { ...LIMITS, ...tokenLimits(config) };
  const heads = model.heads.filter(({ name }) => allowed?.has(name) ?? true);
  const maxLength = model.tokenization?.maxLength ?? model.longestRow;
  return {
    version: VERSION,
    model_id: origin?.name ?? null,
    model_sha: digest,
    model_dtype: quantization,
    model_type: { embedding: { pooling: model.embedding.pooling.join("+") } },
    max_input_length: maxLength,
    max_batch_tokens: limits.batch_tokens,
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
    embedding: {
      dimension: embeddingWidth(embedding, hidden_size),
      pooling: embedding.pooling,
      normalized: embedding.steps.at(-1)?.op === "normalize",
      prompts: Object.fromEntries(embedding.prompts),
      default_prompt: embedding.defaultPrompt ?? null,
      max_input_length: Math.min(maxLength, embedding.maxLength ?? maxLength),
    },
    heads: heads.map((head) => {
      const { name, task, kind, architecture, labels, problem_type, temperature, calibration_error } = head;
      return {
        name,
        task,
        kind,
        architecture,
        labels,
        problem_type,
        temperature: temperature ?? null,
        calibration_error: calibration_error ?? null,
        abstains: head.out_of_scope !== undefined || (kind === "sequence-classification" && !!head.thresholds),
      };
    }),
    wasm_bits: wasmWidth.bits,
    limits,
  };
}
