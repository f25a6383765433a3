// From few labelled texts to an encoder whose vectors tell their labels apart, as SetFit does (Tunstall et al. 2022): pairs of texts pull the vectors
// of a label together and those of different labels apart; then a head is fitted to the vectors, which the encoder keeps.
import { longestRow } from "../../architectures/architectures.ts";
import { HEAD_NAME } from "../../architectures/head-spec.ts";
import { headPath, writeHeadFile } from "../../checkpoint/head-file.ts";
import { writeCheckpoint } from "../../checkpoint/write-checkpoint.ts";
import { meanModules } from "../../checkpoint/write-modules.ts";
import { BertletError } from "../../errors.ts";
import { packCheckpoint } from "../../model-file/pack-checkpoint.ts";
import { loadPacked } from "../../models/loaded-model.ts";
import { checkOptions, integerFrom, type OptionTable, text } from "../../options.ts";
import { type ModelSourceLike, openSource } from "../../source/source.ts";
import { type Example, type TrainedHead, type TrainHeadOptions, trainHead } from "../train-head.ts";
import {
  ENCODER_OPTIONS,
  type EncoderOptions,
  heldOutShare,
  type StepsReport,
  withDefaults,
} from "./encoder-options.ts";
import type { TrainingRow } from "./encoder-pass.ts";
import { holdOut } from "./hold-out.ts";
import { drawPairs, type Pair } from "./pairs.ts";
import { runSteps, slices } from "./run-steps.ts";
import { type TrainingBatch, TrainingSession } from "./session.ts";
import { readTrainingTexts, singleLabelsOf } from "./training-texts.ts";

/** `learningRate` is 3e-5 when left out. With `patience`, the loss of what is held out is measured after every tenth of the steps. */
export interface ContrastiveOptions extends EncoderOptions {
  /** What the head is called: letters, digits, _ and -. */
  readonly name: string;
  /** How many pairs are read, once each; 12 per example when left out, and at most 3,200. */
  readonly pairs?: number | undefined;
  /** Pairs of a step; 32 when left out. */
  readonly batchSize?: number | undefined;
}

const headName = {
  expected: "letters, digits, _ and -",
  fits: (value: unknown) => text.fits(value) && HEAD_NAME.test(value as string),
};

const OPTIONS: OptionTable<ContrastiveOptions> = {
  name: headName,
  pairs: integerFrom(1),
  batchSize: integerFrom(1),
  ...ENCODER_OPTIONS,
};

export const CONTRASTIVE_DEFAULTS = { batchSize: 32, learningRate: 3e-5, maxLength: 128, seed: 0 } as const;
const PAIRS_PER_EXAMPLE = 12;
const MOST_PAIRS = 3200;

export interface ContrastiveTuned extends StepsReport {
  /** The trained encoder as a folder of sentence-transformers, with the head in `heads/<name>.safetensors`, which this library reads, too. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** A logistic regression on the encoder's mean vectors, fitted to all examples. */
  readonly head: TrainedHead;
  /** How many texts were longer than `maxLength` and were cut. */
  readonly truncated: number;
}

/**
 * Trains the encoder of the checkpoint in `source` on pairs of the examples, and fits a head to its vectors; one label per text.
 * @throws BertletError `invalid_input` for options or examples that make no pairs, `not_found` and `invalid_checkpoint` for the checkpoint,
 * `input_too_large` for what the memory cannot hold
 * @example
 * const { files } = await fineTuneContrastive("all-MiniLM-L6-v2", [{ text: "late again", label: "delivery" }, …], { name: "topic" });
 * const model = await loadPretrained(files); // with the head topic
 */
export async function fineTuneContrastive(
  source: ModelSourceLike,
  examples: readonly Example[],
  options: ContrastiveOptions,
): Promise<ContrastiveTuned> {
  checkOptions(options, OPTIONS);
  const { name, layers, patience, onProgress } = options;
  if (name === undefined) throw new BertletError("invalid_input", "name is missing: what is the head called?");
  const { batchSize, learningRate, maxLength, seed } = withDefaults(options, CONTRASTIVE_DEFAULTS);
  const { pairs = Math.min(PAIRS_PER_EXAMPLE * examples.length, MOST_PAIRS) } = options;
  const { trained, watched } = pairsOf(singleLabelsOf(examples), pairs, heldOutShare(options), seed);
  const { checkpoint, tokenizer, rows, truncated } = await readTrainingTexts(source, examples, maxLength);
  const { config, encoder, embedding } = checkpoint;
  const session = await TrainingSession.create(config, encoder, { layers, dropout: true, seed });
  const batchesOf = (pairs: readonly Pair[]) => slices(pairs, batchSize).map((batch) => batchOf(batch, rows));
  const batches = batchesOf(trained);
  const every = Math.ceil(batches.length / 10);
  const { tensors, ...run } = runSteps(session, {
    batches,
    learningRate,
    ...(patience !== undefined && { stopping: { batches: batchesOf(watched), every, patience } }),
    onProgress,
  });
  const folder = new Map<string, Uint8Array>([
    ...writeCheckpoint({ config, encoder: tensors, heads: [] }),
    ...tokenizer.toFiles(),
    ...meanModules(config.hidden_size, embedding?.spec.maxLength ?? longestRow(config)),
  ]);
  const head = await headOn(folder, examples, { name, pooling: "mean", folds: 0, seed });
  return { files: folder.set(headPath(name), writeHeadFile(head)), head, truncated, ...run };
}

/** The pairs to train on, and those of what is held out with what is trained on: the head will compare them, too. */
function pairsOf(labels: readonly string[], count: number, share: number | undefined, seed: number) {
  // A label needs two examples to make a pair.
  const { trained, held } =
    share === undefined ? { trained: [...labels.keys()], held: [] } : holdOut(labels, share, 2, seed);
  return {
    trained: drawPairs(labels, trained, trained, count, seed),
    watched: held.length === 0 ? [] : drawPairs(labels, held, trained, PAIRS_PER_EXAMPLE * held.length, seed),
  };
}

function batchOf(pairs: readonly Pair[], rows: readonly TrainingRow[]): TrainingBatch {
  return {
    rows: [...pairs.map(({ first }) => rows[first]!), ...pairs.map(({ second }) => rows[second]!)],
    targets: { kind: "cosine-pairs", labels: Float32Array.from(pairs, ({ cosine }) => cosine) },
  };
}

/** A head on the vectors of the encoder in `folder`. */
async function headOn(
  folder: ReadonlyMap<string, Uint8Array>,
  examples: readonly Example[],
  options: TrainHeadOptions,
): Promise<TrainedHead> {
  const model = await loadPacked(await packCheckpoint(await openSource(folder), { quantization: "f32" }));
  try {
    return await trainHead(model, examples, options);
  } finally {
    await model.session.release();
  }
}
