// What the answers of a head that may give several labels say of it, on examples that it has not seen.
//
// Letters: N examples, K labels.
import { ratio } from "../eval/ratio.ts";
import type { LabelReport } from "./evaluate-classes.ts";

export interface LabelsReport {
  readonly examples: number;
  /** Which part of the examples has all of its labels, and no other. */
  readonly exact: number;
  /** F1 of all answers together, and the mean of the labels' F1 (0 for a label that is neither there nor given), as scikit-learn has them. */
  readonly micro_f1: number;
  readonly macro_f1: number;
  readonly labels: readonly LabelReport[];
}

/**
 * @param logits [N][K]; a label is given above 0, which is a probability of one half
 * @param targets [N][K], ones and zeros
 */
export function evaluateLabels(logits: Float32Array, targets: Uint8Array, names: readonly string[]): LabelsReport {
  const K = names.length;
  const N = targets.length / K;
  const counts = names.map(() => ({ hits: 0, answers: 0, examples: 0 }));
  let exact = 0;
  for (let n = 0; n < N; n++) {
    let isExact = true;
    for (const [k, count] of counts.entries()) {
      const [is, wanted] = [logits[n * K + k]! > 0, targets[n * K + k] === 1];
      if (is) count.answers++;
      if (wanted) count.examples++;
      if (is && wanted) count.hits++;
      if (is !== wanted) isExact = false;
    }
    if (isExact) exact++;
  }
  const total = (key: "hits" | "answers" | "examples") => counts.reduce((sum, count) => sum + count[key], 0);
  const macro = counts.reduce((sum, { hits, answers, examples }) => sum + ratio(2 * hits, answers + examples), 0) / K;
  return {
    examples: N,
    exact: exact / N,
    micro_f1: ratio(2 * total("hits"), total("answers") + total("examples")),
    macro_f1: macro,
    labels: counts.map(({ hits, answers, examples }, k) => ({
      label: names[k]!,
      examples,
      precision: ratio(hits, answers),
      recall: ratio(hits, examples),
    })),
  };
}
