// bertlet eval: a classifier of a packed model, measured on labelled texts.
import { readFile } from "node:fs/promises";
import { BertletError } from "../errors.ts";
import { findHead } from "../heads/run.ts";
import { loadPacked } from "../models/loaded-model.ts";
import { evaluateClasses } from "../train/evaluate-classes.ts";
import { readExamples } from "../train/read-examples.ts";
import { readVectors } from "../train/read-vectors.ts";
import { enableRevectorization } from "../wasm/kernel/revectorization.ts";
import { formatReport, truncationNote } from "./class-report.ts";
import { defineCommand } from "./command.ts";
import { formatOf } from "./examples-file.ts";

export const evaluate = defineCommand({
  name: "eval",
  summary: "measures a classifier of a packed model on texts with labels (.csv, .tsv or .jsonl)",
  positionals: ["examples", "model"],
  options: {
    head: { type: "string", value: "<name>", summary: "the classifier (the model's first)" },
    text: { type: "string", value: "<column>", summary: "the column of the texts (guessed)" },
    label: { type: "string", value: "<column>", summary: "the column of the labels (guessed)" },
    json: { type: "boolean", summary: "prints the report as JSON" },
  },
  async run({ head: name, text, label, json }, [source = "", modelFile = ""], io) {
    const format = formatOf(source);
    const { examples, columns, notes } = readExamples(await readFile(source), { format, text, label });
    for (const note of notes) io.err(`note: ${note}`);
    await enableRevectorization();
    const model = await loadPacked(new Uint8Array(await readFile(modelFile)));
    const head = findHead(model, "sequence-classification", name);
    if (
      head.labels.length < 2 ||
      (head.problem_type ?? "single_label_classification") !== "single_label_classification"
    )
      throw new BertletError("unsupported", `head ${head.name} does not choose one of several labels`);
    const labels = Int32Array.from(examples, ({ label }) => head.labels.indexOf(String(label)));
    const stranger = labels.indexOf(-1);
    if (stranger >= 0)
      throw new BertletError(
        "invalid_input",
        `head ${head.name} has no label ${JSON.stringify(examples[stranger]!.label)}; it has ${head.labels.join(", ")}`,
      );
    const texts = examples.map((example) => example.text);
    const logits = await readVectors(model, `${head.name}.logits`, texts, (done) =>
      io.progress(`${done} of ${texts.length} texts`),
    );
    await model.session.release();
    io.progress("");
    const { truncated } = logits;
    if (truncated > 0) io.err(truncationNote(truncated));
    const report = evaluateClasses(logits.values, labels, head.labels, head.temperature ?? 1);
    if (json) return io.out(JSON.stringify({ head: head.name, columns, notes, truncated, report }));
    io.out(`head ${head.name}, ${examples.length} examples (${columns.text}, ${columns.label})`);
    for (const line of formatReport(report, examples)) io.out(line);
  },
});
