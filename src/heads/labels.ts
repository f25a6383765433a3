// Labels with scores, best first: the answer of every head that chooses among a few.
import type { HeadSpec } from "../architectures/head-spec.ts";
import { count, either, nothing, type OptionTable, oneOf } from "../options.ts";
import { SCORE_FUNCTION_NAMES, type ScoreFunction, tempered, toScores } from "./scores.ts";

export interface Label {
  readonly label: string;
  readonly score: number;
}

export interface LabelOptions {
  /** How many labels, best first; null for all. 1 when left out. */
  readonly topK?: number | null | undefined;
  /** By the head's problem type when left out: sigmoid for several labels at once or a single one, none for regression, else softmax. */
  readonly functionToApply?: ScoreFunction | undefined;
}

export const LABEL_OPTIONS: OptionTable<LabelOptions> = {
  topK: either(count, nothing),
  functionToApply: oneOf(...SCORE_FUNCTION_NAMES),
};

/** Scores of one text's logits [labels], best first; labels of equal score keep their order. */
export function toLabels(
  logits: Float32Array,
  head: Pick<HeadSpec, "labels" | "problem_type" | "temperature">,
  { topK = 1, functionToApply = defaultFunction(head) }: LabelOptions,
): Label[] {
  const scale = functionToApply === "none" ? 1 : (head.temperature ?? 1);
  const scores = toScores(tempered(logits, scale), functionToApply);
  const labels = Array.from(scores, (score, index) => ({ label: head.labels[index]!, score }));
  labels.sort((a, b) => b.score - a.score);
  return topK === null ? labels : labels.slice(0, topK);
}

function defaultFunction({ labels, problem_type }: Pick<HeadSpec, "labels" | "problem_type">): ScoreFunction {
  if (problem_type === "regression") return "none";
  return problem_type === "multi_label_classification" || labels.length === 1 ? "sigmoid" : "softmax";
}
