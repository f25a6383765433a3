// The files beside an encoder's checkpoint that make its folder one of sentence-transformers.
import { MODULES, POOLING_KEYS } from "./sentence-transformers.ts";
import { toJson } from "./write-checkpoint.ts";

const TYPES = [
  ["", "Transformer"],
  ["1_Pooling", "Pooling"],
  ["2_Normalize", "Normalize"],
] as const;

/**
 * Vectors that are the mean of a text's tokens, at length 1.
 * @param hiddenSize the encoder's
 * @param maxLength the most tokens of a text that are read
 * @example
 * const folder = new Map([...writeCheckpoint({ config, encoder, heads: [] }), ...meanModules(config.hidden_size, 128)]);
 */
export function meanModules(hiddenSize: number, maxLength: number): Map<string, Uint8Array<ArrayBuffer>> {
  const modules = TYPES.map(([path, type], idx) => ({
    idx,
    name: String(idx),
    path,
    type: `sentence_transformers.models.${type}`,
  }));
  const pooling = Object.fromEntries(POOLING_KEYS.map(([key, mode]) => [key, mode === "mean"]));
  return new Map([
    [MODULES, toJson(modules)],
    ["1_Pooling/config.json", toJson({ word_embedding_dimension: hiddenSize, ...pooling })],
    ["sentence_bert_config.json", toJson({ max_seq_length: maxLength, do_lower_case: false })],
  ]);
}
