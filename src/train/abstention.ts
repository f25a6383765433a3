// When a head should not answer: thresholds found on examples that it has not seen.
//
// Letters: N examples, K labels.
import { energyOf } from "../heads/labels.ts";
import { argmax, tempered, toScores } from "../heads/scores.ts";

/** Which part of the examples, answered right, may be refused with the others. */
const LOST = 0.02;

/**
 * The energy below which a text is out of scope: the highest that refuses at most `lost` of the examples among those that are answered right.
 * It needs no examples that are out of scope.
 * @param logits [N][K] of examples that the head has not seen
 * @param labels [N]
 * @param without the label that itself means out of scope
 * @example
 * const energy = fitEnergy(logits, labels, ["delivery", "refund"]); // for the head's out_of_scope
 */
export function fitEnergy(
  logits: Float32Array,
  labels: Int32Array,
  names: readonly string[],
  { lost = LOST, without }: { readonly lost?: number; readonly without?: string | undefined } = {},
): number {
  const rows = rowsOf(logits, names.length);
  const right = rows.filter((row, n) => argmax(row) === labels[n]).map((row) => energyOf(row, names, without));
  right.sort((a, b) => a - b);
  return right[Math.floor(lost * labels.length)] ?? right.at(-1) ?? 0;
}

/**
 * The least probability from which answers of each label are right as often as wanted; 1 for a label that never is.
 * @param precision between 0 and 1
 * @returns [K]
 */
export function fitThresholds(
  logits: Float32Array,
  labels: Int32Array,
  K: number,
  temperature: number,
  precision: number,
): number[] {
  const answers = rowsOf(logits, K).map((row, n) => {
    const scores = toScores(tempered(row, temperature), "softmax");
    const best = argmax(scores);
    return { best, score: scores[best]!, isRight: best === labels[n] };
  });
  answers.sort((a, b) => b.score - a.score);
  return Array.from({ length: K }, (_, k) => {
    let [right, count, threshold] = [0, 0, 1];
    for (const { best, score, isRight } of answers) {
      if (best !== k) continue;
      count++;
      if (isRight) right++;
      if (right >= precision * count) threshold = score;
    }
    return threshold;
  });
}

function rowsOf(logits: Float32Array, K: number): Float32Array[] {
  return Array.from({ length: logits.length / K }, (_, n) => logits.subarray(n * K, (n + 1) * K));
}

/** Fewer answers say nothing of how often the rest will be right. */
const FEWEST_ANSWERS = 30;

/** The answer to an example that the head has not seen, beside a teacher's. */
export interface TeacherComparison {
  /** Of the head's most probable label. */
  readonly probability: number;
  readonly agrees: boolean;
  /** How many requests it stands for: the inverse of how probable it was that the teacher was asked. */
  readonly weight: number;
}

/**
 * The least probability from which the head's answers agree with its teacher's as often as wanted, over all requests: each comparison counts by
 * its weight (Horvitz and Thompson, 1952), because the teacher sees more of what the head is uncertain of.
 * @param agreement between 0 and 1
 * @returns undefined where no threshold reaches the agreement
 * @example
 * const comparisons = Array.from({ length: 40 }, () => ({ probability: 0.8, agrees: true, weight: 1 }));
 * fitAgreement(comparisons, 0.95); // 0.8
 */
export function fitAgreement(comparisons: readonly TeacherComparison[], agreement: number): number | undefined {
  const sorted = comparisons.toSorted((a, b) => b.probability - a.probability);
  let [agreeing, total] = [0, 0];
  let threshold: number | undefined;
  for (const [index, { probability, agrees, weight }] of sorted.entries()) {
    total += weight;
    if (agrees) agreeing += weight;
    // Equal probabilities are on the same side of a threshold.
    if (sorted[index + 1]?.probability === probability || index + 1 < FEWEST_ANSWERS) continue;
    if (agreeing >= agreement * total) threshold = probability;
  }
  return threshold;
}
