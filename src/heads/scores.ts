// Logits to scores, and the best of them: plain arithmetic on one row of numbers, which the heads give their meaning.

/** How logits become scores. */
export type ScoreFunction = "softmax" | "sigmoid" | "none";

/** Scores of one row of logits [n]. */
export function toScores(logits: Float32Array, scoreFunction: ScoreFunction): Float32Array {
  return SCORE_FUNCTIONS[scoreFunction](logits);
}

const SCORE_FUNCTIONS: Record<ScoreFunction, (logits: Float32Array) => Float32Array> = {
  none: (logits) => logits,
  sigmoid: (logits) => logits.map((x) => 1 / (1 + Math.exp(-x))),
  softmax: (logits) => {
    const max = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const exps = logits.map((x) => Math.exp(x - max));
    const sum = exps.reduce((a, b) => a + b, 0);
    return exps.map((x) => x / sum);
  },
};

export const SCORE_FUNCTION_NAMES = Object.keys(SCORE_FUNCTIONS) as readonly ScoreFunction[];

/** Logits divided by a temperature, which makes probabilities as sure as they are right. */
export function tempered(logits: Float32Array, temperature: number): Float32Array {
  return temperature === 1 ? logits : logits.map((x) => x / temperature);
}

/** log softmax of one row of logits. */
export function logSoftmax(logits: Float32Array): Float32Array {
  const total = logSumExp(logits);
  return logits.map((x) => x - total);
}

/** log Σ exp(x) of one row of logits. */
export function logSumExp(logits: Float32Array): number {
  const max = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return max + Math.log(logits.reduce((total, x) => total + Math.exp(x - max), 0));
}

/** The index of the largest value; the first of equals. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

// Up to this many are found in one pass; for more, sorting is faster.
const FEW = 64;

/** The indices of the `k` largest values, largest first; equals keep their order. */
export function topIndices(values: ArrayLike<number>, k: number): number[] {
  if (k > FEW) {
    const all = Array.from(values, (_, index) => index);
    return all.sort((a, b) => values[b]! - values[a]! || a - b).slice(0, k);
  }
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (best.length === k && !(values[i]! > values[best[k - 1]!]!)) continue;
    let place = best.length;
    while (place > 0 && values[i]! > values[best[place - 1]!]!) place--;
    best.splice(place, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}
