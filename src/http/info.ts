// What /info says: the build, the model with its heads, and the limits.
import packageJson from "../../package.json" with { type: "json" };
import type { Pretrained } from "../heads/pretrained.ts";
import { LIMITS } from "./limits.ts";

export function describeService({ config, heads, quantization, origin, digest, session }: Pretrained) {
  return {
    version: packageJson.version,
    model: {
      name: origin?.name ?? null,
      license: origin?.license ?? null,
      digest,
      quantization,
      hidden_size: config.hidden_size,
      num_hidden_layers: config.num_hidden_layers,
      max_position_embeddings: config.max_position_embeddings,
      vocab_size: config.vocab_size,
      memory_bytes: session.memory.bytes,
    },
    heads: heads.map(({ name, task, architecture, labels, problem_type }) => ({
      name,
      task,
      architecture,
      labels,
      problem_type,
    })),
    limits: LIMITS,
  };
}
