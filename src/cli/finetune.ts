// bertlet finetune: labelled texts train a checkpoint's encoder together with a new classifier.
import { FORMAT_NAMES } from "../data/formats.ts";
import { packCheckpoint } from "../model-file/pack-checkpoint.ts";
import { openSource } from "../source/source.ts";
import { fineTune } from "../train/fine-tune/fine-tune.ts";
import { defineCommand, type Io } from "./command.ts";
import { readTest } from "./held-out-examples.ts";
import { type LabelledFiles, readLabelledFiles } from "./labelled-files.ts";
import { formatHeadReport, measureHead } from "./measure-head.ts";
import { readFormat, readNumber } from "./option-values.ts";
import { NARROW, widenVectors } from "./wide-vectors.ts";
import { refuseExisting, writeWholeFolder } from "./write-whole.ts";

export const finetune = defineCommand({
  name: "finetune",
  summary: "trains the encoder of a checkpoint with a new classifier, by texts with labels: a folder for convert",
  positionals: ["examples...", "checkpoint", "folder"],
  options: {
    text: { type: "string", value: "<column>", summary: "the column of the texts (guessed)" },
    label: { type: "string", value: "<column>", summary: "the column of the labels (guessed)" },
    format: { type: "string", value: "<name>", summary: `of the files, one of ${FORMAT_NAMES.join(", ")} (found)` },
    test: { type: "string", value: "<examples>", summary: "examples that are only measured on" },
    epochs: { type: "string", value: "<n>", default: "3", summary: "how often every example is read" },
    "batch-size": { type: "string", value: "<n>", default: "16", summary: "examples of a step" },
    rate: { type: "string", value: "<n>", default: "5e-5", summary: "the highest learning rate" },
    layers: {
      type: "string",
      value: "<n>",
      summary: "how many of the last layers are trained (all, and the embeddings)",
    },
    "max-length": { type: "string", value: "<n>", default: "128", summary: "the most tokens of a text that are read" },
    seed: { type: "string", value: "<n>", default: "0", summary: "of the order, the new head and dropout" },
    json: { type: "boolean", summary: "prints the report as JSON" },
    narrow: NARROW,
  },
  async run(values, positionals, io) {
    const [sources, [checkpoint = "", folder = ""]] = [positionals.slice(0, -2), positionals.slice(-2)];
    const settings = {
      epochs: readNumber("epochs", values.epochs),
      batchSize: readNumber("batch-size", values["batch-size"]),
      learningRate: readNumber("rate", values.rate),
      ...(values.layers !== undefined && { layers: readNumber("layers", values.layers) }),
      maxLength: readNumber("max-length", values["max-length"]),
      seed: readNumber("seed", values.seed),
    };
    await refuseExisting(folder);
    const reading = { text: values.text, label: values.label, format: readFormat(values.format), kind: "one" } as const;
    const files = await readLabelledFiles(sources, { ...reading, split: "train" });
    const test = values.test === undefined ? undefined : await readTest(values.test, files, "one", reading.format);
    for (const note of files.notes) io.err(`note: ${note}`);
    for (const note of test?.notes ?? []) io.err(`note: test: ${note}`);
    await widenVectors(values.narrow);
    const began = performance.now();
    const {
      files: trained,
      losses,
      truncated,
    } = await fineTune(checkpoint, files.examples, {
      ...settings,
      onProgress: (done, all, loss) => io.progress(progressLine(done, all, loss, performance.now() - began)),
    });
    const tested = test && (await measure(trained, test, io));
    await writeWholeFolder(folder, trained);
    io.progress("");
    if (truncated > 0) io.err(`note: ${truncated} texts are longer than ${settings.maxLength} tokens: truncated`);
    const seconds = (performance.now() - began) / 1000;
    const { columns, examples } = files;
    if (values.json)
      return io.out(
        JSON.stringify({
          folder,
          columns,
          examples: examples.length,
          settings,
          losses,
          truncated,
          seconds,
          data: files.data,
          ...(tested && { test: tested }),
        }),
      );
    io.out(
      `${folder}: ${losses.length} steps on ${examples.length} examples in ${seconds.toFixed(0)} s, loss ${losses[0]!.toFixed(3)} to ${losses.at(-1)!.toFixed(3)}`,
    );
    if (!tested || !test) return;
    io.out(`on ${test.examples.length} examples of ${values.test}:`);
    for (const line of formatHeadReport(tested.report, test.examples)) io.out(line);
  },
});

/** The trained classifier, in f32. */
async function measure(files: ReadonlyMap<string, Uint8Array>, { examples }: LabelledFiles, io: Io) {
  const packed = await packCheckpoint(await openSource(new Map(files)), { quantization: "f32" });
  return measureHead(packed, "text-classification", examples, (done, all) => io.progress(`${done} of ${all} texts`));
}

function progressLine(done: number, all: number, loss: number, milliseconds: number): string {
  const rest = ((all - done) * milliseconds) / done / 1000;
  return `step ${done} of ${all}, loss ${loss.toFixed(3)}, ${rest.toFixed(0)} s left`;
}
