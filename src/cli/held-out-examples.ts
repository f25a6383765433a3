// Examples that a head is only measured on.
import type { LabelKind } from "../data/label-rows.ts";
import { BertletError } from "../errors.ts";
import type { Example } from "../train/train-head.ts";
import { type LabelledFiles, readLabelledFiles } from "./labelled-files.ts";

/** Examples to measure on: with labels as those that are trained on, and no others. */
export async function readTest(
  path: string,
  train: LabelledFiles,
  kind: LabelKind | undefined,
  format: string | undefined,
): Promise<LabelledFiles> {
  const test = await readLabelledFiles([path], { ...train.columns, kind, format, split: "test" });
  const known = new Set(train.data.labels.map(({ label }) => label));
  const stranger = test.data.labels.find(({ label }) => !known.has(label));
  if (test.examples.some(({ label }) => kindOf(label) !== kindOf(train.examples[0]!.label)))
    throw new BertletError("invalid_input", `${path} has another kind of label than what is trained on`);
  if (stranger)
    throw new BertletError(
      "invalid_input",
      `${path} has the label ${JSON.stringify(stranger.label)}, which no example has`,
    );
  const texts = new Set(train.examples.map(({ text }) => text));
  const shared = test.examples.filter(({ text }) => texts.has(text)).length;
  const leak = `${shared} of ${test.examples.length} texts are among those that are trained on, too`;
  return shared === 0 ? test : { ...test, notes: [...test.notes, leak] };
}

export function kindOf(label: Example["label"]): LabelKind {
  if (typeof label === "number") return "number";
  return typeof label === "string" ? "one" : "several";
}
