// From labelled texts to a model of one's own: the encoder is trained with a new head, and becomes a checkpoint that the reference loads.
import { architectureOf, headSpec, longestRow } from "../../architectures/architectures.ts";
import { BertConfig } from "../../architectures/config.ts";
import { headShapes } from "../../architectures/head-spec.ts";
import { readCheckpoint } from "../../checkpoint/checkpoint.ts";
import { initializeTensors } from "../../checkpoint/missing-head.ts";
import { writeCheckpoint } from "../../checkpoint/write-checkpoint.ts";
import { BertletError } from "../../errors.ts";
import { AutoTokenizer } from "../../models/auto.ts";
import { anything, checkOptions, integerFrom, natural, numberThat, type OptionTable } from "../../options.ts";
import { mulberry32 } from "../../random.ts";
import { type ModelSourceLike, openSource } from "../../source/source.ts";
import type { Example } from "../train-head.ts";
import type { TrainingRow } from "./encoder-pass.ts";
import type { Targets } from "./objectives.ts";
import { TrainingSession } from "./session.ts";

export interface FineTuneOptions {
  /** Times that every example is read; 3 when left out. */
  readonly epochs?: number | undefined;
  /** Examples of a step; 16 when left out. */
  readonly batchSize?: number | undefined;
  /** The highest learning rate; 5e-5 when left out. It rises over the first tenth of the steps and then falls to zero. */
  readonly learningRate?: number | undefined;
  /** How many of the last layers are trained, with the head; all, and the embeddings, when left out. */
  readonly layers?: number | undefined;
  /** The most tokens of a text that are read; 128 when left out. */
  readonly maxLength?: number | undefined;
  /** Of the order, the new head and dropout; 0 when left out. */
  readonly seed?: number | undefined;
  /** Called after each step, with its loss. */
  readonly onProgress?: ((done: number, all: number, loss: number) => void) | undefined;
}

const OPTIONS: OptionTable<FineTuneOptions> = {
  epochs: integerFrom(1),
  batchSize: integerFrom(1),
  learningRate: numberThat("a number above 0", (value) => value > 0),
  layers: integerFrom(1),
  maxLength: integerFrom(3),
  seed: natural,
  onProgress: anything,
};

export interface FineTuned {
  /** The trained model as a folder that the reference and every class of this library read, its tokenizer's files among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The loss of each step. */
  readonly losses: readonly number[];
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
  const { epochs = 3, batchSize = 16, learningRate = 5e-5, layers, maxLength = 128, seed = 0, onProgress } = options;
  const labels = labelsOf(examples);
  const files = await openSource(source);
  const { config: base, encoder, embedding: _, ...rest } = await readCheckpoint(files);
  const config = withLabels(base, labels);
  const { baseClass } = architectureOf(config);
  const spec = headSpec(baseClass.replace(/Model$/, "ForSequenceClassification"), config);
  if (!spec) throw new BertletError("unsupported", `${baseClass} has no classifier of texts`);
  const shapes = headShapes(spec, config.hidden_size);
  const missing = new Map([...shapes].filter(([name]) => name.startsWith("classifier.") || !encoder.has(name)));
  const tensors = new Map([...encoder, ...initializeTensors(missing, config)]);

  const tokenizer = await AutoTokenizer.fromPretrained(files);
  const limit = Math.min(maxLength, longestRow(config));
  const encoded = examples.map(({ text }) => tokenizer.encodeBatch([text], { maxLength: limit }));
  const rows = encoded.map(({ input_ids }) => rowOf(input_ids));
  const session = await TrainingSession.create(config, tensors, { head: spec, layers, dropout: true, seed });
  const steps = epochs * Math.ceil(rows.length / batchSize);
  const optimizer = {
    learningRate,
    weightDecay: 0.01,
    betas: [0.9, 0.999] as const,
    epsilon: 1e-8,
    maxGradientNorm: 1,
    warmupSteps: Math.ceil(steps / 10),
    steps,
  };
  const random = mulberry32(seed);
  const losses: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(rows.length, random);
    for (let from = 0; from < order.length; from += batchSize) {
      const batch = order.slice(from, from + batchSize);
      const wanted = Int32Array.from(batch, (index) => labels.indexOf(examples[index]!.label as string));
      const targets: Targets = { kind: "classes", labels: wanted };
      session.clearGradients();
      const loss = session.accumulate({ rows: batch.map((index) => rows[index]!), targets });
      session.apply(optimizer);
      losses.push(loss);
      onProgress?.(losses.length, steps, loss);
    }
  }
  const trained = session.tensors();
  const checkpoint = { ...rest, config, encoder: trained, heads: [{ spec, tensors: trained }] };
  return {
    files: new Map([...writeCheckpoint(checkpoint, { head: spec.name }), ...tokenizer.toFiles()]),
    losses,
    truncated: encoded.filter(({ truncated }) => truncated.length > 0).length,
  };
}

/** All labels, in alphabetical order. */
function labelsOf(examples: readonly Example[]): string[] {
  for (const [index, { text, label }] of examples.entries()) {
    if (typeof text !== "string" || text.trim() === "") throw invalid(`example ${index} has no text`);
    if (typeof label !== "string" || label === "") throw invalid(`example ${index} has no label that is a text`);
  }
  const labels = [...new Set(examples.map(({ label }) => label as string))].toSorted();
  if (labels.length < 2) throw invalid(`there are ${labels.length} labels; a classifier needs two or more`);
  return labels;
}

function withLabels(config: BertConfig, labels: readonly string[]): BertConfig {
  const id2label = Object.fromEntries(labels.map((label, id) => [String(id), label]));
  const { label2id: _, ...settings } = config.toJSON();
  return BertConfig.fromJSON({ ...settings, id2label, problem_type: "single_label_classification" });
}

function rowOf(ids: Int32Array): TrainingRow {
  const positions = Int32Array.from(ids, (_, at) => at);
  return { ids, types: new Int32Array(ids.length), positions, keys: ids.length };
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}
