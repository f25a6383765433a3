// The temperature that makes probabilities as sure as they are right (Guo et al. 2017), and how far off they are.
//
// Letters: N examples, K labels.

/**
 * Minimises the mean negative log likelihood of softmax(logits / T), by Newton's method on 1 / T.
 * @param logits [N][K] of examples that the head has not seen
 * @param labels [N]
 * @param doubt which part of each label is spread over all of them, so that few examples that are all right make no certainty (Platt 1999)
 * @example
 * fitTemperature(Float32Array.of(4, 0, 4, 0), Int32Array.of(0, 1)); // large: half of the sure answers are wrong
 */
export function fitTemperature(logits: ArrayLike<number>, labels: Int32Array, doubt = 0): number {
  const K = logits.length / labels.length;
  let inverse = 1;
  for (let iteration = 0; iteration < 100; iteration++) {
    let [slope, curvature] = [0, 0];
    for (let n = 0; n < labels.length; n++) {
      const { mean, variance } = momentsOf(logits, n * K, K, inverse);
      let all = 0;
      for (let k = 0; doubt > 0 && k < K; k++) all += logits[n * K + k]!;
      slope += mean - (1 - doubt) * logits[n * K + labels[n]!]! - (doubt * all) / K;
      curvature += variance;
    }
    if (!(curvature > 0)) break;
    const next = Math.min(Math.max(inverse - slope / curvature, inverse / 4), inverse * 4);
    const isSettled = Math.abs(next - inverse) < 1e-9 * inverse;
    inverse = Math.min(Math.max(next, 1 / MOST), MOST);
    if (isSettled) break;
  }
  return 1 / inverse;
}

// Where every answer is right, or none is, the best temperature is 0 or infinite.
const MOST = 100;

/** Mean and variance of a row's logits under its own probabilities. */
function momentsOf(logits: ArrayLike<number>, at: number, K: number, inverse: number) {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < K; k++) most = Math.max(most, logits[at + k]!);
  let [total, first, second] = [0, 0, 0];
  for (let k = 0; k < K; k++) {
    const z = logits[at + k]! - most;
    const p = Math.exp(inverse * z);
    total += p;
    first += p * z;
    second += p * z * z;
  }
  const mean = first / total;
  return { mean: mean + most, variance: second / total - mean * mean };
}

/** Mean negative log likelihood of softmax(logits / temperature). */
export function negativeLogLikelihood(logits: ArrayLike<number>, labels: Int32Array, temperature = 1): number {
  const K = logits.length / labels.length;
  let loss = 0;
  for (let n = 0; n < labels.length; n++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < K; k++) most = Math.max(most, logits[n * K + k]! / temperature);
    let total = 0;
    for (let k = 0; k < K; k++) total += Math.exp(logits[n * K + k]! / temperature - most);
    loss += Math.log(total) + most - logits[n * K + labels[n]!]! / temperature;
  }
  return loss / labels.length;
}

/** Expected calibration error: how far confidence and accuracy differ, over `bins` intervals of confidence (Guo et al. 2017). */
export function calibrationError(logits: ArrayLike<number>, labels: Int32Array, temperature = 1, bins = 15): number {
  const K = logits.length / labels.length;
  const surplus = new Float64Array(bins);
  for (let n = 0; n < labels.length; n++) {
    let best = 0;
    for (let k = 1; k < K; k++) if (logits[n * K + k]! > logits[n * K + best]!) best = k;
    let total = 0;
    for (let k = 0; k < K; k++) total += Math.exp((logits[n * K + k]! - logits[n * K + best]!) / temperature);
    const confidence = 1 / total;
    // Bins are open at the left.
    surplus[Math.max(0, Math.ceil(confidence * bins) - 1)]! += confidence - Number(best === labels[n]);
  }
  return surplus.reduce((sum, difference) => sum + Math.abs(difference), 0) / labels.length;
}
