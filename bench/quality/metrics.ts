// The scores of the tasks, in percent.
import { spearman as correlationOfRanks } from "../../src/eval/correlation.ts";
import { scoreSpans } from "../../src/eval/spans.ts";
import { scoreAnswer } from "../../src/eval/squad.ts";

export function accuracy(predicted: readonly string[], gold: readonly string[]): number {
  return (100 * predicted.filter((label, i) => label === gold[i]).length) / gold.length;
}

export function spearman(a: readonly number[], b: readonly number[]): number {
  return 100 * correlationOfRanks(a, b);
}

/** F1 over spans of tags, exact in both ends and label (CoNLL 2000). */
export function spanF1(predicted: readonly (readonly string[])[], gold: readonly (readonly string[])[]): number {
  return 100 * scoreSpans(gold, predicted, "lenient").f1;
}

/** SQuAD's exact match and F1 of one answer. */
export function answerScores(predicted: string, gold: readonly string[]): { exact: number; f1: number } {
  const { exact, f1 } = scoreAnswer(predicted, gold);
  return { exact: 100 * exact, f1: 100 * f1 };
}
