// What the answers to examples that a head has not seen say of it: how often it is right, how sure it may be, and which labels look wrong.
//
// Letters: N examples, K labels.
import { type ClassScores, scoreClasses } from "../eval/classes.ts";
import { ratio } from "../eval/ratio.ts";
import { argmax, tempered, toScores } from "../heads/scores.ts";
import { calibrationError, fitTemperature } from "./temperature.ts";

export interface LabelReport {
  readonly label: string;
  readonly examples: number;
  /** Which part of the answers of this label, and of the examples of this label, is right; 0 where there are none. */
  readonly precision: number;
  readonly recall: number;
}

/** An example whose label the others contradict. */
export interface Doubt {
  /** Its place among the examples. */
  readonly index: number;
  readonly label: string;
  readonly predicted: string;
  /** Of the predicted label. */
  readonly probability: number;
}

export interface ClassReport extends ClassScores {
  readonly examples: number;
  /** Where the accuracy on other examples of the kind lies in 95 of 100 cases (Wilson 1927). */
  readonly accuracy_interval: readonly [low: number, high: number];
  /** Logits are divided by it. */
  readonly temperature: number;
  /** Expected calibration error, before and after. */
  readonly calibration_error: readonly [before: number, after: number];
  readonly labels: readonly LabelReport[];
  /** [K][K]: how often examples of a label (row) were given another (column). */
  readonly confusion: readonly (readonly number[])[];
  /** The examples whose labels are most likely wrong, most likely first. */
  readonly doubts: readonly Doubt[];
}

const MOST_DOUBTS = 20;

/**
 * @param logits [N][K] of examples that the head has not seen
 * @param temperature the head's; fitted to these examples when left out
 */
export function evaluateClasses(
  logits: Float32Array,
  labels: Int32Array,
  names: readonly string[],
  temperature: number = fitTemperature(logits, labels, 1 / (labels.length + 2)),
): ClassReport {
  const K = names.length;
  const confusion = names.map(() => names.map(() => 0));
  const doubts: Doubt[] = [];
  let right = 0;
  for (const [index, label] of labels.entries()) {
    const scores = toScores(tempered(logits.slice(index * K, (index + 1) * K), temperature), "softmax");
    const best = argmax(scores);
    confusion[label]![best]!++;
    if (best === label) right++;
    else doubts.push({ index, label: names[label]!, predicted: names[best]!, probability: scores[best]! });
  }
  const counts = names.map((label, k) => ({
    label,
    examples: sum(confusion[k]!),
    answers: sum(confusion.map((row) => row[k]!)),
    hits: confusion[k]![k]!,
  }));
  return {
    examples: labels.length,
    ...scoreClasses(confusion),
    accuracy_interval: wilsonInterval(right, labels.length),
    temperature,
    calibration_error: [calibrationError(logits, labels), calibrationError(logits, labels, temperature)],
    labels: counts.map(({ label, examples, answers, hits }) => ({
      label,
      examples,
      precision: ratio(hits, answers),
      recall: ratio(hits, examples),
    })),
    confusion,
    doubts: doubts.toSorted((a, b) => b.probability - a.probability).slice(0, MOST_DOUBTS),
  };
}

// The quantile of the normal distribution for 95 %.
const Z = 1.959963984540054;

/**
 * The interval of a proportion (Wilson 1927).
 * @param z the quantile of the normal distribution
 */
export function wilsonInterval(hits: number, count: number, z = Z): readonly [low: number, high: number] {
  const share = hits / count;
  const squared = (z * z) / count;
  const centre = share + squared / 2;
  const spread = z * Math.sqrt((share * (1 - share)) / count + squared / count / 4);
  return [(centre - spread) / (1 + squared), (centre + spread) / (1 + squared)];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
