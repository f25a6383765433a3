// One output of a model for any number of texts, in batches.
import { rowOf } from "../heads/outputs.ts";
import { tokenizationOf } from "../heads/run.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Vectors } from "./linear-head.ts";

/** The output's row for every text, and how many texts the model did not read to their end. */
export interface TextVectors extends Vectors {
  readonly truncated: number;
  /** Which texts those are. */
  readonly truncatedTexts: readonly number[];
}

// Texts that run together.
const BATCH = 64;

/**
 * @param output the name of an output with one row per text
 * @param texts at least one
 * @param onProgress called after every batch
 * @param between awaited between two groups of rows, for the caller to let others run
 */
export async function readVectors(
  model: LoadedModel,
  output: string,
  texts: readonly string[],
  onProgress?: (done: number, all: number) => void,
  between?: () => Promise<void>,
): Promise<TextVectors> {
  const rows: Float32Array[] = [];
  const truncatedTexts: number[] = [];
  for (let from = 0; from < texts.length; from += BATCH) {
    const batch = texts.slice(from, from + BATCH);
    const { feeds, encoding } = tokenizationOf(model).encode(batch);
    truncatedTexts.push(...encoding.truncated.map((index) => from + index));
    const outputs = await model.session.run(feeds, [output], { between });
    for (const index of batch.keys()) rows.push(rowOf(outputs[output], index).slice());
    onProgress?.(rows.length, texts.length);
  }
  const width = rows[0]!.length;
  const values = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) values.set(row, index * width);
  return { values, width, truncated: truncatedTexts.length, truncatedTexts };
}
