// What the answers of held-back heads say of the data, for the reports of `bertlet train`.

import type { ClassReport } from "../train/evaluate-classes.ts";
import { learningCurve } from "../train/learning-curve.ts";
import type { Vectors } from "../train/linear-head.ts";
import { reliabilityOf } from "../train/reliability.ts";
import { suspectsOf } from "../train/suspects.ts";
import type { TrainedHead } from "../train/train-head.ts";
import type { LabelledFiles } from "./labelled-files.ts";
import type { Analysis, NeedyLabel } from "./report-page/report-page.ts";

/** @returns undefined for a head that was not measured on examples it has not seen */
export async function analyseHead(
  { spec, logits, report }: TrainedHead,
  vectors: Vectors,
  { examples, places, data }: Pick<LabelledFiles, "examples" | "places" | "data">,
  options: { readonly strength: number; readonly seed: number },
): Promise<Analysis | undefined> {
  if (!logits || !report) return undefined;
  const names = spec.labels;
  const labels = Int32Array.from(examples, ({ label }) => names.indexOf(String(label)));
  const suspects = suspectsOf(logits, labels, names, report.temperature);
  return {
    learning_curve: await learningCurve(vectors, labels, names.length, options),
    reliability: reliabilityOf(logits, labels, report.temperature),
    suspects: suspects.map((suspect) => ({
      ...suspect,
      ...places[suspect.index]!,
      text: examples[suspect.index]!.text,
    })),
    needs_examples: needyLabels(report, data.rare),
  };
}

function needyLabels({ labels }: ClassReport, rare: readonly string[]): NeedyLabel[] {
  return labels
    .filter(({ label, recall }) => rare.includes(label) || recall < 0.5)
    .map(({ label, examples, recall }) => ({ label, examples, recall }))
    .toSorted((a, b) => a.recall - b.recall || a.examples - b.examples);
}
