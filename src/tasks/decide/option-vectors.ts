// The vectors of options' sentences, which the same questions bring again and again.
import { embedding } from "../../heads/embedding.ts";
import { runHead } from "../../heads/run.ts";
import type { RequestModel } from "../request-model.ts";

/** Sentences kept per model: at 384 dimensions, 6 MB. */
const MOST_KEPT = 4096;

/** By what stays the same over a model's requests. The sentence used last comes last. */
const kept = new WeakMap<object, Map<string, Float32Array>>();

/** The vector of each sentence. */
export async function optionVectors(
  model: RequestModel,
  sentences: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Float32Array>> {
  let known = kept.get(model.config);
  if (!known) {
    known = new Map();
    kept.set(model.config, known);
  }
  const missing = [...sentences].filter((sentence) => !known.has(sentence));
  const head = embedding(model.embedding, model.config.hidden_size);
  const made = await runHead(model, head, missing, {});
  const vectors = new Map(missing.map((sentence, index) => [sentence, made[index]!]));
  for (const sentence of sentences) {
    const vector = vectors.get(sentence) ?? known.get(sentence)!;
    vectors.set(sentence, vector);
    known.delete(sentence);
    known.set(sentence, vector);
  }
  for (const sentence of known.keys()) {
    if (known.size <= MOST_KEPT) break;
    known.delete(sentence);
  }
  return vectors;
}
