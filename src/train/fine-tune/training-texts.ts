// A checkpoint and labelled texts, read for training: what every way of training an encoder begins with.
import { longestRow } from "../../architectures/architectures.ts";
import { type Checkpoint, readCheckpoint } from "../../checkpoint/checkpoint.ts";
import { BertletError } from "../../errors.ts";
import { AutoTokenizer } from "../../models/auto.ts";
import { type ModelSourceLike, openSource } from "../../source/source.ts";
import type { Example } from "../train-head.ts";
import type { TrainingRow } from "./encoder-pass.ts";

export interface TrainingTexts {
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Awaited<ReturnType<typeof AutoTokenizer.fromPretrained>>;
  /** One per example. */
  readonly rows: readonly TrainingRow[];
  /** How many texts were longer than `maxLength` and were cut. */
  readonly truncated: number;
}

/**
 * @param maxLength the most tokens of a text that are read, if the model has so many positions
 * @throws BertletError `not_found`, `invalid_config`, `invalid_checkpoint` or `unsupported` for the checkpoint
 */
export async function readTrainingTexts(
  source: ModelSourceLike,
  examples: readonly Example[],
  maxLength: number,
): Promise<TrainingTexts> {
  const files = await openSource(source);
  const checkpoint = await readCheckpoint(files);
  const tokenizer = await AutoTokenizer.fromPretrained(files);
  const limit = Math.min(maxLength, longestRow(checkpoint.config));
  const encoded = examples.map(({ text }) => tokenizer.encodeBatch([text], { maxLength: limit }));
  return {
    checkpoint,
    tokenizer,
    rows: encoded.map(({ input_ids }) => rowOf(input_ids)),
    truncated: encoded.filter(({ truncated }) => truncated.length > 0).length,
  };
}

/**
 * The label of each example, which must be one text.
 * @throws BertletError `invalid_input` for an example without text or label, or with probabilities, or fewer than two labels
 */
export function singleLabelsOf(examples: readonly Example[]): string[] {
  for (const [index, { text, label, probabilities }] of examples.entries()) {
    if (typeof text !== "string" || text.trim() === "") throw invalid(`example ${index} has no text`);
    if (typeof label !== "string" || label === "") throw invalid(`example ${index} has no label that is a text`);
    if (probabilities)
      throw invalid(`example ${index} has probabilities, which only heads on frozen vectors are fitted to`);
  }
  const labels = examples.map(({ label }) => label as string);
  const { size } = new Set(labels);
  if (size < 2) throw invalid(`there are ${size} labels; a classifier needs two or more`);
  return labels;
}

function rowOf(ids: Int32Array): TrainingRow {
  const positions = Int32Array.from(ids, (_, at) => at);
  return { ids, types: new Int32Array(ids.length), positions, keys: ids.length };
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}
