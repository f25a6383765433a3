// The examples whose own label a head that has not seen them finds least likely.
//
// Letters: N examples, K labels.
import { argmax, tempered, toScores } from "../heads/scores.ts";

export interface Suspect {
  /** Its place among the examples. */
  readonly index: number;
  readonly label: string;
  /** Of the label it has. */
  readonly probability: number;
  readonly predicted: string;
  readonly predicted_probability: number;
}

/**
 * Those that are predicted another label, by the probability of the one they have, least first.
 * @param logits [N][K], of heads that have not seen the example (cross-validated)
 * @param labels [N]
 * @example
 * suspectsOf(Float32Array.of(4, 0, 0, 4), Int32Array.of(1, 1), ["a", "b"]); // [{ index: 0, label: "b", probability: 0.018, predicted: "a", … }]
 */
export function suspectsOf(
  logits: Float32Array,
  labels: Int32Array,
  names: readonly string[],
  temperature = 1,
  most = 50,
): Suspect[] {
  const K = names.length;
  const found: Suspect[] = [];
  for (const [index, label] of labels.entries()) {
    const scores = toScores(tempered(logits.slice(index * K, (index + 1) * K), temperature), "softmax");
    const best = argmax(scores);
    if (best === label) continue;
    found.push({
      index,
      label: names[label]!,
      probability: scores[label]!,
      predicted: names[best]!,
      predicted_probability: scores[best]!,
    });
  }
  return found.toSorted((a, b) => a.probability - b.probability).slice(0, most);
}
