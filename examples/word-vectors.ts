// Word vectors that depend on the sentence: the same word in two sentences, beside a static embedding, which has one vector per word
// whatever its neighbours. Run it: node examples/word-vectors.ts
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { BertModel, cosineSimilarity } from "../src/index.ts";

/** How alike the word is in two sentences, as cosines. */
export interface Comparison {
  readonly word: string;
  /** By BERT's last hidden states. */
  readonly contextual: number;
  /** By rows of the word embedding table. */
  readonly static: number;
}

/** Compares what `word` means in two sentences that hold it. */
export async function compare(
  file: Uint8Array,
  word: string,
  sentences: readonly [string, string],
): Promise<Comparison> {
  const model = await BertModel.fromPretrained(file);
  const [first, second] = await model.wordVectors(sentences);
  const contextual = [first, second].map((words) => {
    const found = words?.find((one) => one.word.toLowerCase() === word);
    if (!found) throw new Error(`"${word}" is not in both sentences`);
    return found.vector;
  });
  const ids = model.tokenizer.encode(word, { addSpecialTokens: false });
  // Of a static embedding each sentence's vector is the same: it is looked up, and nothing else of the sentence is read.
  const fixed = sentences.map(() => staticVector(model, ids));
  await model.release();
  return {
    word,
    contextual: cosineSimilarity(contextual[0]!, contextual[1]!),
    static: cosineSimilarity(fixed[0]!, fixed[1]!),
  };
}

/** The mean of these tokens' rows in the word embedding table. */
export function staticVector(model: BertModel, ids: readonly number[]): Float32Array {
  const rows = model.wordEmbeddings(ids);
  return rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);
}

const EXAMPLES: readonly [word: string, first: string, second: string][] = [
  ["bank", "They had a picnic on the bank of the river.", "The bank raised its interest rates."],
  ["bank", "The bank lends money to small firms.", "The bank raised its interest rates."],
  ["bat", "He hit the ball with a wooden bat.", "A bat hung from the roof of the cave."],
  ["spring", "The spring in the old mattress broke.", "The flowers bloom in spring."],
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new Uint8Array(await readFile(process.argv[2] ?? "models/minilm-l6-heads/model.safetensors"));
  for (const [word, first, second] of EXAMPLES) {
    const { contextual, static: fixed } = await compare(file, word, [first, second]);
    console.log(`${word}: contextual ${contextual.toFixed(2)}, static ${fixed.toFixed(2)}\n  ${first}\n  ${second}`);
  }
}
