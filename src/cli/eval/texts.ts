// A classifier, or a head of numbers, on labelled texts.
import { BertletError } from "../../errors.ts";
import { findHead } from "../../heads/run.ts";
import { readPackedHeader } from "../../model-file/packed.ts";
import type { Example } from "../../train/train-head.ts";
import { labelledTexts } from "../labelled-files.ts";
import { formatHeadReport, measureHead } from "../measure-head.ts";
import type { Evaluated, Evaluation } from "./eval.ts";

/** @throws BertletError `unsupported` for a head of another kind, `invalid_input` for a label that the head does not have */
export async function evaluateTexts(evaluation: Evaluation): Promise<Evaluated> {
  const { packed, read, paths, text, label, onProgress } = evaluation;
  const head = findHead(readPackedHeader(packed), "sequence-classification", evaluation.head);
  const several = head.problem_type === "multi_label_classification";
  if (head.labels.length < 2 && head.problem_type !== "regression")
    throw new BertletError("unsupported", `head ${head.name} does not choose one of several labels`);
  const kind = several ? "several" : head.problem_type === "regression" ? "number" : "one";
  const { examples, columns, notes, data } = labelledTexts(read, paths, { text, label, kind });
  if (kind !== "number") checkLabels(examples, head.name, head.labels);
  const { report, truncated } = await measureHead(packed, head.name, examples, onProgress);
  return {
    head: head.name,
    notes,
    truncated,
    facts: { columns, data, report },
    lines: [
      `head ${head.name}, ${examples.length} examples (${columns.text}, ${columns.label})`,
      ...formatHeadReport(report, examples),
    ],
  };
}

function checkLabels(examples: readonly Example[], name: string, labels: readonly string[]): void {
  const stranger = examples.flatMap(({ label }) => label).find((label) => !labels.includes(String(label)));
  if (stranger !== undefined)
    throw new BertletError(
      "invalid_input",
      `head ${name} has no label ${JSON.stringify(stranger)}; it has ${labels.join(", ")}`,
    );
}
