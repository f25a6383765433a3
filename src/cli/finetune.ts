// bertlet finetune: labelled texts train a checkpoint's encoder, together with a new classifier or by pairs before a head is fitted.
import { FORMAT_NAMES } from "../data/formats.ts";
import { packCheckpoint } from "../model-file/pack-checkpoint.ts";
import { openSource } from "../source/source.ts";
import type { StepsReport } from "../train/fine-tune/encoder-options.ts";
import { defineCommand, type Io } from "./command.ts";
import { METHOD_NAMES, readMethod, type Trained } from "./finetune-methods.ts";
import { readTest } from "./held-out-examples.ts";
import { type LabelledFiles, readLabelledFiles } from "./labelled-files.ts";
import { formatHeadReport, measureHead } from "./measure-head.ts";
import { readFormat, readNumber } from "./option-values.ts";
import { NARROW, widenVectors } from "./wide-vectors.ts";
import { refuseExisting, writeWholeFolder } from "./write-whole.ts";

/** Options that are numbers, with the settings that they are. */
const NUMBERS = [
  ["epochs", "epochs"],
  ["pairs", "pairs"],
  ["batch-size", "batchSize"],
  ["rate", "learningRate"],
  ["layers", "layers"],
  ["max-length", "maxLength"],
  ["patience", "patience"],
  ["hold-out", "holdOut"],
  ["seed", "seed"],
] as const;

export const finetune = defineCommand({
  name: "finetune",
  summary: "trains the encoder of a checkpoint by texts with labels: a folder for convert",
  positionals: ["examples...", "checkpoint", "folder"],
  options: {
    method: {
      type: "string",
      value: METHOD_NAMES.join("|"),
      default: "classifier",
      summary: "with a new classifier; or by pairs of few examples, before a head is fitted to the vectors",
    },
    text: { type: "string", value: "<column>", summary: "the column of the texts (guessed)" },
    label: { type: "string", value: "<column>", summary: "the column of the labels (guessed)" },
    format: { type: "string", value: "<name>", summary: `of the files, one of ${FORMAT_NAMES.join(", ")} (found)` },
    test: { type: "string", value: "<examples>", summary: "examples that are only measured on" },
    epochs: { type: "string", value: "<n>", summary: "classifier: how often every example is read (3)" },
    pairs: { type: "string", value: "<n>", summary: "contrastive: pairs to read (12 per example, at most 3200)" },
    name: {
      type: "string",
      value: "<name>",
      summary: "contrastive: what the head is called (the column of the labels)",
    },
    "batch-size": { type: "string", value: "<n>", summary: "examples of a step (16), or pairs (32)" },
    rate: { type: "string", value: "<n>", summary: "the highest learning rate (5e-5; contrastive: 3e-5)" },
    layers: {
      type: "string",
      value: "<n>",
      summary: "how many of the last layers are trained (all, and the embeddings)",
    },
    "max-length": { type: "string", value: "<n>", summary: "the most tokens of a text that are read (128)" },
    patience: {
      type: "string",
      value: "<n>",
      summary:
        "ends after so many measurements without a lower loss on examples held out, with the best weights (never)",
    },
    "hold-out": { type: "string", value: "<share>", summary: "of each label's examples, with --patience (0.1)" },
    seed: { type: "string", value: "<n>", summary: "of every draw: orders, pairs, what is held out, dropout (0)" },
    json: { type: "boolean", summary: "prints the report as JSON" },
    narrow: NARROW,
  },
  async run(values, positionals, io) {
    const [sources, [checkpoint = "", folder = ""]] = [positionals.slice(0, -2), positionals.slice(-2)];
    const method = readMethod(values);
    const settings = { ...method.defaults, ...readSettings(values) };
    await refuseExisting(folder);
    const reading = { text: values.text, label: values.label, format: readFormat(values.format), kind: "one" } as const;
    const files = await readLabelledFiles(sources, { ...reading, split: "train" });
    const test = values.test === undefined ? undefined : await readTest(values.test, files, "one", reading.format);
    for (const note of files.notes) io.err(`note: ${note}`);
    for (const note of test?.notes ?? []) io.err(`note: test: ${note}`);
    await widenVectors(values.narrow);
    const began = performance.now();
    const { columns, examples } = files;
    const trained = await method.train(checkpoint, examples, {
      ...settings,
      name: values.name ?? columns.label,
      onProgress: (done, all, loss) => io.progress(progressLine(done, all, loss, performance.now() - began)),
    });
    const tested = test && (await measure(trained, test, io));
    await writeWholeFolder(folder, trained.files);
    io.progress("");
    const { truncated, losses, heldOutLosses, bestStep } = trained;
    if (truncated > 0) io.err(`note: ${truncated} texts are longer than ${settings.maxLength} tokens: truncated`);
    const seconds = (performance.now() - began) / 1000;
    if (values.json)
      return io.out(
        JSON.stringify({
          folder,
          columns,
          examples: examples.length,
          method: values.method,
          settings,
          losses,
          held_out_losses: heldOutLosses,
          best_step: bestStep,
          truncated,
          seconds,
          data: files.data,
          ...(tested && { test: tested }),
        }),
      );
    io.out(
      `${folder}: ${losses.length} steps on ${examples.length} examples in ${seconds.toFixed(0)} s, loss ${losses[0]!.toFixed(3)} to ${losses.at(-1)!.toFixed(3)}`,
    );
    for (const line of formatHeldOut(trained)) io.out(line);
    if (!tested || !test) return;
    io.out(`on ${test.examples.length} examples of ${values.test}:`);
    for (const line of formatHeadReport(tested.report, test.examples)) io.out(line);
  },
});

/** The numbers that are given. */
function readSettings(values: Readonly<Record<(typeof NUMBERS)[number][0], string | undefined>>) {
  const given = NUMBERS.filter(([option]) => values[option] !== undefined);
  return Object.fromEntries(given.map(([option, setting]) => [setting, readNumber(option, values[option]!)]));
}

function formatHeldOut({ heldOutLosses, bestStep }: StepsReport): string[] {
  const [before] = heldOutLosses;
  const best = heldOutLosses.find(({ step }) => step === bestStep);
  if (!before || !best) return [];
  return [
    `loss on what was held out: ${before.loss.toFixed(3)} to ${best.loss.toFixed(3)}, lowest after step ${bestStep}`,
  ];
}

/** The trained head, in f32. */
async function measure({ files, head }: Trained, { examples }: LabelledFiles, io: Io) {
  const packed = await packCheckpoint(await openSource(new Map(files)), { quantization: "f32" });
  return measureHead(packed, head, examples, (done, all) => io.progress(`${done} of ${all} texts`));
}

function progressLine(done: number, all: number, loss: number, milliseconds: number): string {
  const rest = ((all - done) * milliseconds) / done / 1000;
  return `step ${done} of ${all}, loss ${loss.toFixed(3)}, ${rest.toFixed(0)} s left`;
}
