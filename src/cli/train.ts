// bertlet train: labelled texts become a head of a packed model.
import { readFile } from "node:fs/promises";
import { addHead, replaceHead } from "../model-file/edit-heads.ts";
import { loadPacked } from "../models/loaded-model.ts";
import { readExamples } from "../train/read-examples.ts";
import { trainHead } from "../train/train-head.ts";
import { enableRevectorization } from "../wasm/kernel/revectorization.ts";
import { formatReport, truncationNote } from "./class-report.ts";
import { defineCommand, UsageError } from "./command.ts";
import { formatOf } from "./examples-file.ts";
import { writeWhole } from "./write-whole.ts";

export const train = defineCommand({
  name: "train",
  summary: "teaches a packed model a head, by texts with labels (.csv, .tsv or .jsonl)",
  positionals: ["examples", "model", "file"],
  options: {
    name: { type: "string", value: "<name>", summary: "what the head is called (the column of the labels)" },
    text: { type: "string", value: "<column>", summary: "the column of the texts (guessed)" },
    label: { type: "string", value: "<column>", summary: "the column of the labels (guessed)" },
    strength: { type: "string", value: "<C>", default: "10", summary: "how much examples count against small weights" },
    balanced: { type: "boolean", summary: "every label counts the same, however many examples it has" },
    folds: {
      type: "string",
      value: "<n>",
      default: "5",
      summary: "parts held back in turn to measure the head; 0 for none",
    },
    precision: {
      type: "string",
      value: "<p>",
      summary: "how often answers should be right where the head does not abstain, such as 0.95 (no thresholds)",
    },
    seed: { type: "string", value: "<n>", default: "0", summary: "of the folds" },
    replace: { type: "boolean", summary: "takes the place of a head of the same name" },
    json: { type: "boolean", summary: "prints the report as JSON" },
  },
  async run(values, [source = "", modelFile = "", file = ""], io) {
    const { text, label } = values;
    const precision = values.precision === undefined ? undefined : readNumber("precision", values.precision);
    const numbers = {
      precision,
      strength: readNumber("strength", values.strength),
      folds: readNumber("folds", values.folds),
      seed: readNumber("seed", values.seed),
    };
    const format = formatOf(source);
    const { examples, columns, notes } = readExamples(await readFile(source), { format, text, label });
    for (const note of notes) io.err(`note: ${note}`);
    await enableRevectorization();
    const packed = new Uint8Array(await readFile(modelFile));
    const model = await loadPacked(packed);
    const name = values.name ?? columns.label;
    const began = performance.now();
    const head = await trainHead(model, examples, {
      name,
      balanced: values.balanced,
      ...numbers,
      onProgress: (done, all) => io.progress(progressLine(done, all, performance.now() - began)),
    });
    await model.session.release();
    const isThere = model.heads.some((present) => present.name === name);
    const change = values.replace && isThere ? replaceHead : addHead;
    await writeWhole(file, await change(packed, head));
    io.progress("");
    const { report, truncated } = head;
    const { labels } = head.spec;
    if (truncated > 0) io.err(truncationNote(truncated));
    if (values.json)
      return io.out(
        JSON.stringify({ file, name, columns, examples: examples.length, labels, notes, truncated, report }),
      );
    io.out(
      `${file}: head ${name}, ${labels.length} labels from ${examples.length} examples (${columns.text}, ${columns.label})`,
    );
    if (!report) return;
    io.out("on examples that were held back:");
    for (const line of formatReport(report, examples)) io.out(line);
  },
});

function readNumber(option: string, value: string): number {
  const number = Number(value);
  if (value.trim() === "" || Number.isNaN(number)) throw new UsageError(`--${option} takes a number, and not ${value}`);
  return number;
}

function progressLine(done: number, all: number, milliseconds: number): string {
  const remaining = Math.round(((milliseconds / done) * (all - done)) / 1000);
  return `${done} of ${all} texts, ${Math.round((1000 * done) / milliseconds)} texts/s, ${remaining} s left`;
}
