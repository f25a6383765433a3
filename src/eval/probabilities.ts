// What a classifier's probabilities say, beyond which label is the most probable; as scikit-learn has it.
//
// Letters: N examples, K labels.
import { ratio } from "./ratio.ts";

export interface ProbabilityScores {
  /** The mean of −ln p of the right label; p is at least 2⁻⁵². */
  readonly log_loss: number;
  /** How often the right label is one of the two most probable; of equal ones, the last come first. */
  readonly top2_accuracy: number;
  /**
   * How often an example of a label has a higher probability of it than one of another label, ties counting half; the mean over the labels that some examples
   * have and some do not. 0 where there are none.
   */
  readonly roc_auc: number;
}

/**
 * @param probabilities [N][K]
 * @param labels [N], each from 0 to K − 1
 * @example
 * scoreProbabilities(Float64Array.of(0.9, 0.1, 0.3, 0.7), Int32Array.of(0, 1), 2); // { log_loss: 0.231…, top2_accuracy: 1, roc_auc: 1 }
 */
export function scoreProbabilities(probabilities: ArrayLike<number>, labels: Int32Array, K: number): ProbabilityScores {
  const N = labels.length;
  let [loss, among] = [0, 0];
  for (const [n, label] of labels.entries()) {
    const own = probabilities[n * K + label]!;
    loss -= Math.log(Math.max(own, Number.EPSILON));
    let before = 0;
    for (let k = 0; k < K; k++) {
      const other = probabilities[n * K + k]!;
      if (other > own || (other === own && k > label)) before++;
    }
    if (before < 2) among++;
  }
  const areas = Array.from({ length: K }, (_, k) => areaOf(probabilities, labels, K, k)).filter(
    (area) => area !== null,
  );
  return {
    log_loss: ratio(loss, N),
    top2_accuracy: ratio(among, N),
    roc_auc: ratio(
      areas.reduce((sum, area) => sum + area, 0),
      areas.length,
    ),
  };
}

/** The area under label k's curve, by ranks (Mann and Whitney 1947); null where all examples or none have the label. */
function areaOf(probabilities: ArrayLike<number>, labels: Int32Array, K: number, k: number): number | null {
  const rows = Array.from(labels, (label, n) => ({ p: probabilities[n * K + k]!, isOwn: label === k }));
  const own = rows.filter(({ isOwn }) => isOwn).length;
  const others = rows.length - own;
  if (own === 0 || others === 0) return null;
  rows.sort((a, b) => a.p - b.p);
  let [wins, below] = [0, 0];
  for (let start = 0; start < rows.length; ) {
    let end = start;
    while (end < rows.length && rows[end]!.p === rows[start]!.p) end++;
    const tied = rows.slice(start, end);
    const ownHere = tied.filter(({ isOwn }) => isOwn).length;
    const othersHere = tied.length - ownHere;
    wins += ownHere * (below + othersHere / 2);
    below += othersHere;
    start = end;
  }
  return wins / (own * others);
}
