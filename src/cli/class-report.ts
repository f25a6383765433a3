// A head's report as lines for a person.
import type { ClassReport } from "../train/evaluate-classes.ts";
import { formatTable } from "./command.ts";

const MOST_LINES = 10;

/** @param examples those that the report is about */
export function formatReport(report: ClassReport, examples: readonly { readonly text: string }[]): string[] {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const [before, after] = report.calibration_error;
  const worst = report.labels.toSorted((a, b) => a.recall - b.recall).slice(0, MOST_LINES);
  const doubts = report.doubts.slice(0, MOST_LINES);
  return [
    `accuracy ${percent(report.accuracy)} (95 %: ${report.accuracy_interval.map(percent).join(" to ")}), macro F1 ${percent(report.macro_f1)}`,
    `balanced accuracy ${percent(report.balanced_accuracy)}, weighted F1 ${percent(report.weighted_f1)}, Matthews' correlation ${report.matthews.toFixed(3)}`,
    `calibration error ${percent(before)}, ${percent(after)} at temperature ${report.temperature.toFixed(2)}`,
    "",
    "labels that are recognised least:",
    ...formatTable(worst.map(({ label, recall, examples: number }) => [label, `${percent(recall)} of ${number}`])),
    ...(doubts.length > 0 ? ["", "labels that look wrong:"] : []),
    ...formatTable(
      doubts.map(({ index, label, predicted, probability }) => [
        examples[index]!.text.slice(0, 60),
        `${label}, rather ${predicted} (${percent(probability)})`,
      ]),
    ),
  ];
}

/** What is said of texts that the model did not read to their end. */
export function truncationNote(count: number): string {
  return `note: ${count} text${count === 1 ? " is" : "s are"} longer than the model reads: truncated`;
}
