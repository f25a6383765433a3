// The names of a BERT checkpoint's tensors: one canonical name each, and the shape that a config gives it. It moves no data.
import type { BertConfig } from "./config.ts";

/**
 * The name without what differs between checkpoints of the same model: the `bert.` prefix that head classes add, and the gamma and beta
 * of the first releases. Undefined for tensors that hold no weights.
 *
 * @example
 * canonicalName("bert.embeddings.LayerNorm.gamma"); // "embeddings.LayerNorm.weight"
 */
export function canonicalName(name: string): string | undefined {
  if (name.endsWith("embeddings.position_ids") || name.endsWith("embeddings.token_type_ids")) return undefined;
  return name
    .replace(/^bert\./, "")
    .replace(/LayerNorm\.gamma$/, "LayerNorm.weight")
    .replace(/LayerNorm\.beta$/, "LayerNorm.bias");
}

/** Renames a checkpoint's tensors to their canonical names. */
export function canonicalNames<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  const renamed = new Map<string, T>();
  for (const [name, tensor] of tensors) {
    const canonical = canonicalName(name);
    if (canonical) renamed.set(canonical, tensor);
  }
  return renamed;
}

/** Tensors that PyTorch holds once under two names, of which a file may have either: the other name → ours. */
export const SHARED: ReadonlyMap<string, string> = new Map([
  ["cls.predictions.decoder.bias", "cls.predictions.bias"],
  ["cls.predictions.decoder.weight", "embeddings.word_embeddings.weight"],
]);

/** Gives every shared tensor our name, too, where the file has only the other. */
export function shareTensors<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  const shared = new Map(tensors);
  for (const [other, ours] of SHARED) {
    const tensor = tensors.get(other);
    if (tensor !== undefined && !tensors.has(ours)) shared.set(ours, tensor);
  }
  return shared;
}

/** The encoder's tensors and their shapes [outputs, inputs]; the pooler is there only when asked for. */
export function encoderShapes(config: BertConfig, pooler: boolean): Map<string, readonly number[]> {
  const { vocab_size: V, hidden_size: H, intermediate_size: F } = config;
  const shapes = new Map<string, readonly number[]>();
  const dense = (name: string, N: number, K: number) => shapes.set(`${name}.weight`, [N, K]).set(`${name}.bias`, [N]);
  const norm = (name: string) => shapes.set(`${name}.weight`, [H]).set(`${name}.bias`, [H]);
  shapes.set("embeddings.word_embeddings.weight", [V, H]);
  shapes.set("embeddings.position_embeddings.weight", [config.max_position_embeddings, H]);
  shapes.set("embeddings.token_type_embeddings.weight", [config.type_vocab_size, H]);
  norm("embeddings.LayerNorm");
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) dense(`${at}.attention.self.${part}`, H, H);
    dense(`${at}.attention.output.dense`, H, H);
    norm(`${at}.attention.output.LayerNorm`);
    dense(`${at}.intermediate.dense`, F, H);
    dense(`${at}.output.dense`, H, F);
    norm(`${at}.output.LayerNorm`);
  }
  if (pooler) dense("pooler.dense", H, H);
  return shapes;
}
