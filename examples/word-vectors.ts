// Word vectors that know their sentence: the same word in two sentences, beside a static embedding, which has one vector a word whatever
// stands around it. Run it: node examples/word-vectors.ts
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { BertModel, cosineSimilarity, readSafetensors } from "../src/index.ts";
import { rotateRows } from "../src/quantize/hadamard.ts";
import { align, qc7wIndex } from "../src/quantize/layout.ts";
import { toFloat32 } from "../src/safetensors.ts";

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
  const fixed = sentences.map(() => staticVector(file, ids, model.config.hidden_size));
  await model.release();
  return {
    word,
    contextual: cosineSimilarity(contextual[0]!, contextual[1]!),
    static: cosineSimilarity(fixed[0]!, fixed[1]!),
  };
}

/** The mean of these tokens' rows in the word embedding table of an int8 model file. */
export function staticVector(file: Uint8Array, ids: readonly number[], H: number): Float32Array {
  const { tensors } = readSafetensors(file);
  const table = tensors.get("embeddings.word_embeddings.weight");
  const scale = tensors.get("embeddings.word_embeddings.scale");
  if (!table || !scale) throw new Error("the file holds no int8 word embeddings");
  const scales = toFloat32(scale);
  const value = (id: number, k: number) => (table.bytes[qc7wIndex(id, k, align(H))]! - 64) * scales[id]!;
  const mean = Float32Array.from(
    { length: align(H) },
    (_, k) => ids.reduce((sum, id) => sum + value(id, k), 0) / ids.length,
  );
  // The table lies rotated, and the rotation is its own inverse.
  return rotateRows(mean, 1, align(H)).subarray(0, H);
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
