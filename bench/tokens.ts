// Token ids for benchmarks: invented ones of any length, and those of texts.
import { readFile } from "node:fs/promises";
import { readVocabulary } from "../src/tokenizer/files/read.ts";
import { BertTokenizerFast, prepareVocabulary } from "../src/tokenizer/tokenizer.ts";

/** S token ids that look like a text: [CLS], word pieces spread over the vocabulary, [SEP]. */
export function someTokens(S: number): number[] {
  return Array.from({ length: S }, (_, i) => (i === 0 ? 101 : i === S - 1 ? 102 : 1000 + ((i * 7919) % 20_000)));
}

const VOCABULARY = new URL("../test/goldens/tokenizer/vocab-uncased.txt", import.meta.url);

/** The ids of each text with [CLS] and [SEP], cut after `maxLength`. */
export async function tokensOf(texts: readonly string[], maxLength: number): Promise<number[][]> {
  const tokenizer = new BertTokenizerFast(prepareVocabulary(readVocabulary(await readFile(VOCABULARY, "utf8"))));
  return texts.map((text) => Array.from(tokenizer.encodeBatch([text], { maxLength }).input_ids));
}
