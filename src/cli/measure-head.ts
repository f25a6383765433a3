// A head's report, whatever its labels are: on folds that were held back, and on further examples.
import { type ProbabilityScores, scoreProbabilities } from "../eval/probabilities.ts";
import { tempered, toScores } from "../heads/scores.ts";
import { loadPacked } from "../models/loaded-model.ts";
import { type ClassReport, evaluateClasses } from "../train/evaluate-classes.ts";
import { evaluateLabels, type LabelsReport } from "../train/evaluate-labels.ts";
import { evaluateNumbers, type NumbersReport } from "../train/evaluate-numbers.ts";
import type { Vectors } from "../train/linear-head.ts";
import { type MeasureOptions, measureLabels, measureNumbers, targetsOf } from "../train/measure-held-back.ts";
import { readVectors } from "../train/read-vectors.ts";
import type { Example, TrainedHead } from "../train/train-head.ts";
import { formatReport } from "./class-report.ts";
import { formatTable } from "./command.ts";

export type HeadReport = (ClassReport & Partial<ProbabilityScores>) | LabelsReport | NumbersReport;

/** @returns undefined without folds, and for a single example */
export function reportOf(
  { report, spec }: TrainedHead,
  vectors: Vectors,
  examples: readonly Example[],
  options: MeasureOptions,
): HeadReport | undefined {
  if (report || options.folds === 0 || examples.length < 2) return report;
  if (spec.problem_type === "regression") return measureNumbers(vectors, examples, options);
  return measureLabels(vectors, examples, spec.labels, options);
}

export interface Measured {
  readonly report: HeadReport;
  /** How many texts were not read to their end. */
  readonly truncated: number;
}

/** The head as the file has it, on examples it has not seen. */
export async function measureHead(
  packed: Uint8Array,
  name: string,
  examples: readonly Example[],
  onProgress: (done: number, all: number) => void,
): Promise<Measured> {
  const model = await loadPacked(packed);
  const { labels, temperature = 1, problem_type } = model.heads.find((head) => head.name === name)!;
  const texts = examples.map(({ text }) => text);
  const { values, truncated } = await readVectors(model, `${name}.logits`, texts, onProgress);
  await model.session.release();
  if (problem_type === "regression") {
    const targets = Float64Array.from(examples, ({ label }) => Number(label));
    return { report: evaluateNumbers(values, targets), truncated };
  }
  if (problem_type === "multi_label_classification")
    return { report: evaluateLabels(values, targetsOf(examples, labels), labels), truncated };
  const indices = Int32Array.from(examples, ({ label }) => labels.indexOf(String(label)));
  const K = labels.length;
  const probabilities = examples.flatMap((_, n) =>
    Array.from(toScores(tempered(values.subarray(n * K, (n + 1) * K), temperature), "softmax")),
  );
  const report = {
    ...evaluateClasses(values, indices, labels, temperature),
    ...scoreProbabilities(probabilities, indices, K),
  };
  return { report, truncated };
}

/** Lines for a person. */
export function formatHeadReport(report: HeadReport, examples: readonly Example[]): readonly string[] {
  if ("confusion" in report) return [...formatReport(report, examples), ...formatProbabilities(report)];
  if ("micro_f1" in report) return formatLabels(report);
  const { mean_absolute_error, root_mean_squared_error, r2, pearson, spearman } = report;
  return [
    `mean absolute error ${mean_absolute_error.toFixed(3)}, root mean squared error ${root_mean_squared_error.toFixed(3)}, R² ${r2.toFixed(3)}`,
    `correlation ${pearson.toFixed(3)} (Pearson), ${spearman.toFixed(3)} (Spearman)`,
  ];
}

/** Of examples that were not held back in folds alone. */
function formatProbabilities({ log_loss, top2_accuracy, roc_auc }: Partial<ProbabilityScores>): readonly string[] {
  if (log_loss === undefined) return [];
  const top2 = `${(100 * top2_accuracy!).toFixed(1)} %`;
  return ["", `log loss ${log_loss.toFixed(3)}, among the first two in ${top2}, ROC AUC ${roc_auc!.toFixed(3)}`];
}

const MOST_LINES = 10;

function formatLabels({ exact, micro_f1, macro_f1, labels }: LabelsReport): readonly string[] {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const worst = labels.toSorted((a, b) => a.recall - b.recall).slice(0, MOST_LINES);
  return [
    `micro F1 ${percent(micro_f1)}, macro F1 ${percent(macro_f1)}; all labels right in ${percent(exact)} of the examples`,
    "",
    "labels that are recognised least:",
    ...formatTable(worst.map(({ label, recall, examples }) => [label, `${percent(recall)} of ${examples}`])),
  ];
}
