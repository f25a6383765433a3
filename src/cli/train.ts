// bertlet train: labelled texts become a head of a packed model.
import { readFile } from "node:fs/promises";
import { FORMAT_NAMES } from "../data/formats.ts";
import { LABEL_KINDS, type LabelKind } from "../data/label-rows.ts";
import { BertletError } from "../errors.ts";
import { addHead, replaceHead } from "../model-file/edit-heads.ts";
import { loadPacked } from "../models/loaded-model.ts";
import { type Example, trainWithVectors } from "../train/train-head.ts";
import { analyseHead } from "./analyse-head.ts";
import { truncationNote } from "./class-report.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { kindOf, readTest } from "./held-out-examples.ts";
import { readLabelledFiles } from "./labelled-files.ts";
import { formatHeadReport, measureHead, reportOf } from "./measure-head.ts";
import { readFormat, readNumber } from "./option-values.ts";
import { reportPage } from "./report-page/report-page.ts";
import { NARROW, widenVectors } from "./wide-vectors.ts";
import { writeWhole } from "./write-whole.ts";

export const train = defineCommand({
  name: "train",
  summary: "teaches a packed model a head, by texts with labels in files or folders of data sets",
  positionals: ["examples...", "model", "file"],
  options: {
    name: { type: "string", value: "<name>", summary: "what the head is called (the column of the labels)" },
    text: { type: "string", value: "<column>", summary: "the column of the texts (guessed)" },
    label: { type: "string", value: "<column>", summary: "the column of the labels (guessed)" },
    format: { type: "string", value: "<name>", summary: `of the files, one of ${FORMAT_NAMES.join(", ")} (found)` },
    kind: {
      type: "string",
      value: "<kind>",
      summary: `what a label is: ${LABEL_KINDS.join(", ")}; several are separated by comma, semicolon or bar (as the file has it)`,
    },
    test: {
      type: "string",
      value: "<examples>",
      summary: "examples that are only measured on, a file or a folder's test split",
    },
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
    report: { type: "string", value: "<file.html>", summary: "writes the report as a page, too" },
    json: { type: "boolean", summary: "prints the report as JSON" },
    narrow: NARROW,
  },
  async run(values, positionals, io) {
    const [sources, [modelFile = "", file = ""]] = [positionals.slice(0, -2), positionals.slice(-2)];
    const precision = values.precision === undefined ? undefined : readNumber("precision", values.precision);
    const numbers = {
      precision,
      strength: readNumber("strength", values.strength),
      folds: readNumber("folds", values.folds),
      seed: readNumber("seed", values.seed),
    };
    const kind = readKind(values.kind);
    const reading = { format: readFormat(values.format), text: values.text, label: values.label, kind };
    const files = await readLabelledFiles(sources, { ...reading, split: "train" });
    const { examples, columns } = files;
    const notes = [...files.notes, ...numbersNote(examples, kind)];
    const test = values.test === undefined ? undefined : await readTest(values.test, files, kind, values.format);
    for (const note of notes) io.err(`note: ${note}`);
    for (const note of test?.notes ?? []) io.err(`note: test: ${note}`);
    if (values.report !== undefined) checkReport(examples, numbers.folds);
    await widenVectors(values.narrow);
    const packed = new Uint8Array(await readFile(modelFile));
    const model = await loadPacked(packed);
    const name = values.name ?? columns.label;
    const { head, vectors } = await trainWithVectors(model, examples, {
      name,
      balanced: values.balanced,
      ...numbers,
      onProgress: progressOf(io),
    });
    await model.session.release();
    const isThere = model.heads.some((present) => present.name === name);
    const change = values.replace && isThere ? replaceHead : addHead;
    const changed = await change(packed, head);
    const analysis =
      values.report !== undefined || values.json ? await analyseHead(head, vectors, files, numbers) : undefined;
    const tested = test && (await measureHead(changed, name, test.examples, progressOf(io)));
    await writeWhole(file, changed);
    io.progress("");
    const { truncated } = head;
    const report = reportOf(head, vectors, examples, numbers);
    const { labels } = head.spec;
    if (values.report !== undefined && head.report && analysis) {
      const measured = tested && "confusion" in tested.report ? tested.report : undefined;
      const page = reportPage({
        name,
        files: { data: files.data, notes },
        report: head.report,
        analysis,
        test: measured,
      });
      await writeWhole(values.report, new TextEncoder().encode(page));
    }
    for (const cut of [truncated, tested?.truncated ?? 0]) if (cut > 0) io.err(truncationNote(cut));
    if (values.json)
      return io.out(
        JSON.stringify({
          file,
          name,
          columns,
          examples: examples.length,
          labels,
          notes,
          data: files.data,
          truncated,
          report,
          analysis,
          ...(test && { test: { data: test.data, notes: test.notes, ...tested } }),
        }),
      );
    io.out(
      `${file}: head ${name}, ${labels.length} labels from ${examples.length} examples (${columns.text}, ${columns.label})`,
    );
    if (report) io.out("on examples that were held back:");
    if (report) for (const line of formatHeadReport(report, examples)) io.out(line);
    if (test && tested) {
      io.out(`on ${test.examples.length} examples of ${values.test}:`);
      for (const line of formatHeadReport(tested.report, test.examples)) io.out(line);
    }
  },
});

function readKind(value: string | undefined): LabelKind | undefined {
  const kind = LABEL_KINDS.find((known) => known === value);
  if (value === undefined || kind) return kind;
  throw new UsageError(`--kind is one of ${LABEL_KINDS.join(", ")}, and not ${value}`);
}

/** A number may be meant as a name. */
function numbersNote(examples: readonly Example[], kind: LabelKind | undefined): string[] {
  if (kind !== undefined || typeof examples[0]?.label !== "number") return [];
  return ["labels are numbers, and the head will give numbers; --kind one reads them as names of labels"];
}

/** @throws BertletError `unsupported` for examples whose head cannot be measured, UsageError where it is not to be */
function checkReport(examples: readonly Example[], folds: number): void {
  if (folds === 0) throw new UsageError("--report needs --folds of at least 2: it shows what held-back examples say");
  if (!isSingle(examples)) throw new BertletError("unsupported", "--report shows heads of one label per text");
}

function isSingle(examples: readonly Example[]): boolean {
  return examples.every(({ label }) => kindOf(label) === "one");
}

function progressOf(io: Io): (done: number, all: number) => void {
  const began = performance.now();
  return (done, all) => io.progress(progressLine(done, all, performance.now() - began));
}

function progressLine(done: number, all: number, milliseconds: number): string {
  const remaining = Math.round(((milliseconds / done) * (all - done)) / 1000);
  return `${done} of ${all} texts, ${Math.round((1000 * done) / milliseconds)} texts/s, ${remaining} s left`;
}
