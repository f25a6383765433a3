// What quantising cost: how far a packed model's vectors are from those of the same model in f32, and which layer loses most.
import { cosineSimilarity } from "../heads/embedding.ts";
import { rowOf } from "../heads/outputs.ts";
import { tokenizationOf } from "../heads/run.ts";
import { type LoadedModel, loadPacked } from "../models/loaded-model.ts";

export interface Agreement {
  /** Mean cosine of the texts' vectors, and the lowest. */
  readonly mean: number;
  readonly lowest: number;
  /** The layer, from 1 on, after which the hidden states agree least compared with the layer before, and how well they do. */
  readonly worst: { readonly layer: number; readonly cosine: number };
}

/** @param exact the model packed in f32 */
export async function measureAgreement(
  exact: Uint8Array,
  packed: Uint8Array,
  texts: readonly string[],
): Promise<Agreement> {
  const [first, second] = [await loadPacked(exact), await loadPacked(packed)];
  const layers = Array.from({ length: first.config.num_hidden_layers }, (_, layer) => `hidden_states.${layer + 1}`);
  const vectors: number[] = [];
  const states = layers.map(() => 0);
  for (const text of texts) {
    const [wanted, found] = [await read(first, text, layers), await read(second, text, layers)];
    vectors.push(cosineSimilarity(rowOf(wanted["pooled.mean"], 0), rowOf(found["pooled.mean"], 0)));
    for (const [index, name] of layers.entries())
      states[index]! +=
        cosineSimilarity(wanted[name]!.data as Float32Array, found[name]!.data as Float32Array) / texts.length;
  }
  await first.session.release();
  await second.session.release();
  const losses = states.map((value, index) => (index === 0 ? 1 : states[index - 1]!) - value);
  const layer = losses.indexOf(Math.max(...losses));
  return {
    mean: vectors.reduce((sum, value) => sum + value, 0) / vectors.length,
    lowest: Math.min(...vectors),
    worst: { layer: layer + 1, cosine: states[layer]! },
  };
}

function read(model: LoadedModel, text: string, layers: readonly string[]) {
  const { feeds } = tokenizationOf(model).encode([text]);
  return model.session.run(feeds, ["pooled.mean", ...layers]);
}
