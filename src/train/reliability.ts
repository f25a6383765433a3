// How sure a classifier is, beside how often it is right: what a reliability diagram shows.
//
// Letters: N examples, K labels.
import { argmax, tempered, toScores } from "../heads/scores.ts";

export interface ReliabilityBin {
  /** Confidences above `from`, up to `to`. */
  readonly from: number;
  readonly to: number;
  readonly examples: number;
  /** Means of the bin; 0 where it has no examples. */
  readonly confidence: number;
  readonly accuracy: number;
}

/**
 * @param logits [N][K] of examples that the head has not seen
 * @param labels [N]
 */
export function reliabilityOf(logits: Float32Array, labels: Int32Array, temperature = 1, bins = 10): ReliabilityBin[] {
  const K = logits.length / labels.length;
  const sums = Array.from({ length: bins }, () => ({ examples: 0, confidence: 0, hits: 0 }));
  for (const [n, label] of labels.entries()) {
    const scores = toScores(tempered(logits.slice(n * K, (n + 1) * K), temperature), "softmax");
    const best = argmax(scores);
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(scores[best]! * bins) - 1))]!;
    bin.examples++;
    bin.confidence += scores[best]!;
    if (best === label) bin.hits++;
  }
  return sums.map(({ examples, confidence, hits }, index) => ({
    from: index / bins,
    to: (index + 1) / bins,
    examples,
    confidence: examples === 0 ? 0 : confidence / examples,
    accuracy: examples === 0 ? 0 : hits / examples,
  }));
}
