// Labels with scores, best first: the answer of every head that chooses among a few.
import type { HeadSpec } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { count, either, flag, nothing, type OptionTable, oneOf } from "../options.ts";
import { argmax, logSumExp, SCORE_FUNCTION_NAMES, type ScoreFunction, tempered, toScores } from "./scores.ts";

export interface Label {
  readonly label: string;
  readonly score: number;
  /** What the head would have answered, in the place of which this is {@link NONE}. */
  readonly abstained?: readonly Label[];
}

/** The label of a text that none of the head's labels fits, or none surely enough. */
export const NONE = "none of these";

export interface LabelOptions {
  /** How many labels, best first; null for all. 1 when left out. */
  readonly topK?: number | null | undefined;
  /** By the head's problem type when left out: sigmoid for several labels at once or a single one, none for regression, else softmax. */
  readonly functionToApply?: ScoreFunction | undefined;
  /** Answer {@link NONE} where the head is not sure enough, by the thresholds that came with it; false when left out. */
  readonly abstain?: boolean | undefined;
}

export const LABEL_OPTIONS: OptionTable<LabelOptions> = {
  topK: either(count, nothing),
  functionToApply: oneOf(...SCORE_FUNCTION_NAMES),
  abstain: flag,
};

type LabelHead = Pick<HeadSpec, "labels" | "problem_type" | "temperature" | "thresholds" | "out_of_scope">;

/**
 * Scores of one text's logits [labels], best first; labels of equal score keep their order.
 * @throws BertletError `unsupported` for a head that is to abstain and has no thresholds
 */
export function toLabels(
  logits: Float32Array,
  head: LabelHead,
  { topK = 1, functionToApply = defaultFunction(head), abstain = false }: LabelOptions,
): Label[] {
  const scale = functionToApply === "none" ? 1 : (head.temperature ?? 1);
  const scores = toScores(tempered(logits, scale), functionToApply);
  const labels = Array.from(scores, (score, index) => ({ label: head.labels[index]!, score }));
  labels.sort((a, b) => b.score - a.score);
  const answer = topK === null ? labels : labels.slice(0, topK);
  return abstain && isUnsure(logits, head)
    ? [{ label: NONE, score: 1 - mostProbable(logits, head), abstained: answer }]
    : answer;
}

/** Whether none of the labels fits the text, or the best one not surely enough. */
function isUnsure(logits: Float32Array, head: LabelHead): boolean {
  const { thresholds, out_of_scope: scope, labels } = head;
  if (defaultFunction(head) !== "softmax" || (!thresholds && !scope))
    throw new BertletError(
      "unsupported",
      "the head has no thresholds, so that it cannot abstain; bertlet train writes them",
    );
  const best = argmax(logits);
  if (thresholds && mostProbable(logits, head) < thresholds[best]!) return true;
  return scope !== undefined && (labels[best] === scope.label || energyOf(logits, labels, scope.label) < scope.energy);
}

function mostProbable(logits: Float32Array, { temperature = 1 }: LabelHead): number {
  return Math.max(...toScores(tempered(logits, temperature), "softmax"));
}

/**
 * log Σ exp(logit), without that of one label: low for texts unlike those that the head was trained on.
 * @param without the label that is left out
 */
export function energyOf(logits: Float32Array, labels: readonly string[], without?: string): number {
  return logSumExp(without === undefined ? logits : logits.filter((_, index) => labels[index] !== without));
}

function defaultFunction({ labels, problem_type }: Pick<HeadSpec, "labels" | "problem_type">): ScoreFunction {
  if (problem_type === "regression") return "none";
  return problem_type === "multi_label_classification" || labels.length === 1 ? "sigmoid" : "softmax";
}
