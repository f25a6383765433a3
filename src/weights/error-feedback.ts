// Rounds a matrix so that what it computes changes least (Frantar et al. 2022, GPTQ), and not each weight by itself: the error of a weight is
// made up for by the weights of inputs that come with it.
//
// Letters: W [N outputs][K inputs], G = XᵀX [K][K] of the inputs X. A row's error e = w − q costs eᵀGe. With G = LᵀL, L lower triangular,
// that is |Le|², and line k of it is Σ_{i<k} L[k][i] e[i] + L[k][k] e[k]: each weight in turn is chosen to bring its line nearest to 0.

/** The levels that weights are rounded to: whole numbers from `lowest` to `highest`, times a step. */
export interface Levels {
  readonly lowest: number;
  readonly highest: number;
  /** Of the weight of output n and input k; 0 where it is to be level 0. */
  step(n: number, k: number): number;
}

/** This much of the mean diagonal is added to it: inputs that hardly occurred are not made to bear the others' errors. */
const DAMPING = 0.01;

/**
 * The level of each weight of `w` [N][K].
 * @param gram XᵀX, of which the lower triangle is read
 * @example
 * const halves = { lowest: -63, highest: 63, step: () => 0.5 };
 * const levels = roundWithFeedback(Float32Array.of(0.5, 1), 1, 2, Float64Array.of(1, 0.9, 0.9, 1), halves); // 1, 2
 */
export function roundWithFeedback(w: Float32Array, N: number, K: number, gram: Float64Array, to: Levels): Int8Array {
  const L = factor(damped(gram, K), K);
  const levels = new Int8Array(N * K);
  const error = new Float64Array(K);
  for (let n = 0; n < N; n++) {
    const row = w.subarray(n * K, (n + 1) * K);
    for (let k = 0; k < K; k++) {
      let carried = 0;
      for (let i = 0; i < k; i++) carried += L[k * K + i]! * error[i]!;
      const step = to.step(n, k);
      const level = step === 0 ? 0 : Math.round((row[k]! + carried / L[k * K + k]!) / step);
      levels[n * K + k] = Math.max(to.lowest, Math.min(level, to.highest));
      error[k] = row[k]! - levels[n * K + k]! * step;
    }
  }
  return levels;
}

function damped(gram: Float64Array, K: number): Float64Array {
  const result = gram.slice();
  let trace = 0;
  for (let k = 0; k < K; k++) trace += gram[k * K + k]!;
  const damping = trace > 0 ? (DAMPING * trace) / K : 1;
  for (let k = 0; k < K; k++) result[k * K + k]! += damping;
  return result;
}

/** G = LᵀL in place: Cholesky's from the last row up. Above the diagonal nothing is written. */
function factor(G: Float64Array, K: number): Float64Array {
  for (let k = K - 1; k >= 0; k--) {
    const row = G.subarray(k * K, k * K + k + 1);
    for (let below = k + 1; below < K; below++) {
      const other = G.subarray(below * K, below * K + k + 1);
      const times = other[k]!;
      for (let j = 0; j <= k; j++) row[j]! -= times * other[j]!;
    }
    const diagonal = Math.sqrt(row[k]!);
    for (let j = 0; j <= k; j++) row[j]! /= diagonal;
  }
  return G;
}
