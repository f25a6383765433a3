// The reference's tiny decoder, with a vocabulary of made-up words: w0, w1, …
import { loadPretrained } from "../src/models/load-pretrained.ts";
import type { LoadedModel } from "../src/models/loaded-model.ts";
import { readGolden } from "./goldens.ts";

/** @param generation the settings of generation_config.json */
export async function loadTinyDecoder(generation: object = {}): Promise<LoadedModel> {
  const { files } = await readGolden("torch/causal-lm");
  const { vocab_size } = JSON.parse(new TextDecoder().decode(files["config.json"])) as { vocab_size: number };
  const words = Array.from({ length: vocab_size - 5 }, (_, index) => `w${index}`);
  const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words].join("\n");
  const encode = (text: string) => new TextEncoder().encode(text);
  return loadPretrained({
    ...files,
    "vocab.txt": encode(vocabulary),
    "generation_config.json": encode(JSON.stringify(generation)),
  });
}
