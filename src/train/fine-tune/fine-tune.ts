// From labelled texts to a model of one's own: the encoder is trained with a new head, and becomes a checkpoint that the reference loads.
import { architectureOf, headSpec } from "../../architectures/architectures.ts";
import { BertConfig } from "../../architectures/config.ts";
import { headShapes } from "../../architectures/head-spec.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { initializeTensors } from "../../checkpoint/missing-head.ts";
import { writeCheckpoint } from "../../checkpoint/write-checkpoint.ts";
import { BertletError } from "../../errors.ts";
import { checkOptions, integerFrom, type OptionTable } from "../../options.ts";
import { mulberry32, shuffle } from "../../random.ts";
import type { ModelSourceLike } from "../../source/source.ts";
import type { Example } from "../train-head.ts";
import {
  ENCODER_OPTIONS,
  type EncoderOptions,
  heldOutShare,
  type StepsReport,
  withDefaults,
} from "./encoder-options.ts";
import { holdOut } from "./hold-out.ts";
import { runSteps, slices } from "./run-steps.ts";
import { type TrainingBatch, TrainingSession } from "./session.ts";
import { readTrainingTexts, singleLabelsOf } from "./training-texts.ts";

/** `learningRate` is 5e-5 when left out. With `patience`, the loss of what is held out is measured after each epoch. */
export interface FineTuneOptions extends EncoderOptions {
  /** Times that every example is read; 3 when left out. */
  readonly epochs?: number | undefined;
  /** Examples of a step; 16 when left out. */
  readonly batchSize?: number | undefined;
}

const OPTIONS: OptionTable<FineTuneOptions> = {
  epochs: integerFrom(1),
  batchSize: integerFrom(1),
  ...ENCODER_OPTIONS,
};

export const FINE_TUNE_DEFAULTS = { epochs: 3, batchSize: 16, learningRate: 5e-5, maxLength: 128, seed: 0 } as const;

export interface FineTuned extends StepsReport {
  /** The trained model as a folder that the reference and every class of this library read, its tokenizer's files among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** How many texts were longer than `maxLength` and were cut. */
  readonly truncated: number;
}

/**
 * Trains a classifier of texts from the checkpoint in `source`, one label per text.
 * @throws BertletError `invalid_input` for options or examples that do not make a classifier, `not_found` and `invalid_checkpoint` for the
 * checkpoint, `input_too_large` for what the memory cannot hold
 * @example
 * const { files } = await fineTune("all-MiniLM-L6-v2", [{ text: "late again", label: "delivery" }, …]);
 * const model = await BertForSequenceClassification.fromPretrained(files);
 */
export async function fineTune(
  source: ModelSourceLike,
  examples: readonly Example[],
  options: FineTuneOptions = {},
): Promise<FineTuned> {
  checkOptions(options, OPTIONS);
  const { layers, patience, onProgress } = options;
  const { epochs, batchSize, learningRate, maxLength, seed } = withDefaults(options, FINE_TUNE_DEFAULTS);
  const share = heldOutShare(options);
  const labels = singleLabelsOf(examples);
  const names = [...new Set(labels)].toSorted();
  const { checkpoint, tokenizer, rows, truncated } = await readTrainingTexts(source, examples, maxLength);
  const { config, spec, tensors } = withClassifier(checkpoint, names);
  const session = await TrainingSession.create(config, tensors, { head: spec, layers, dropout: true, seed });
  const classes = labels.map((label) => names.indexOf(label));
  const batchOf = (indices: readonly number[]): TrainingBatch => ({
    rows: indices.map((index) => rows[index]!),
    targets: { kind: "classes", labels: Int32Array.from(indices, (index) => classes[index]!) },
  });
  const { trained, held } =
    share === undefined ? { trained: [...labels.keys()], held: [] } : holdOut(labels, share, 1, seed);
  const stepsOfEpoch = Math.ceil(trained.length / batchSize);
  const { tensors: weights, ...run } = runSteps(session, {
    batches: epochsOf(trained, epochs, batchSize, seed).map(batchOf),
    learningRate,
    ...(patience !== undefined && {
      stopping: { batches: slices(held, batchSize).map(batchOf), every: stepsOfEpoch, patience },
    }),
    onProgress,
  });
  const { embedding: _, ...rest } = checkpoint;
  const written = { ...rest, config, encoder: weights, heads: [{ spec, tensors: weights }] };
  return {
    files: new Map([...writeCheckpoint(written, { head: spec.name }), ...tokenizer.toFiles()]),
    truncated,
    ...run,
  };
}

/** The checkpoint's config and tensors with a new classifier of these labels. */
function withClassifier({ config: base, encoder }: Checkpoint, labels: readonly string[]) {
  const config = withLabels(base, labels);
  const { baseClass } = architectureOf(config);
  const spec = headSpec(baseClass.replace(/Model$/, "ForSequenceClassification"), config);
  if (!spec) throw new BertletError("unsupported", `${baseClass} has no classifier of texts`);
  const shapes = headShapes(spec, config.hidden_size);
  const missing = new Map([...shapes].filter(([name]) => name.startsWith("classifier.") || !encoder.has(name)));
  return { config, spec, tensors: new Map([...encoder, ...initializeTensors(missing, config)]) };
}

function withLabels(config: BertConfig, labels: readonly string[]): BertConfig {
  const id2label = Object.fromEntries(labels.map((label, id) => [String(id), label]));
  const { label2id: _, ...settings } = config.toJSON();
  return BertConfig.fromJSON({ ...settings, id2label, problem_type: "single_label_classification" });
}

/** The batches of all epochs, each epoch in an order of its own. */
function epochsOf(indices: readonly number[], epochs: number, size: number, seed: number): number[][] {
  const random = mulberry32(seed);
  return Array.from({ length: epochs }, () => slices(shuffle([...indices], random), size)).flat();
}
