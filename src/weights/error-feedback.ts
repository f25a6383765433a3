// Rounds a matrix so that what it computes changes least (Frantar et al. 2022, GPTQ), and not each weight by itself: the error of a weight is
// made up for by the weights of inputs that come with it.
//
// Letters: W [N outputs][K inputs], G = XᵀX [K][K] of the inputs X. A row's error e = w − q costs eᵀGe. With G = LᵀL, L lower triangular,
// that is |Le|², and line k of it is Σ_{i<k} L[k][i] e[i] + L[k][k] e[k]: each weight in turn is chosen to bring its line nearest to 0.

/** W [N][K] as `levels` × its row's `scale`. */
export interface Rounded {
  readonly levels: Int8Array;
  readonly scale: Float32Array;
}

/** This much of the mean diagonal is added to it: inputs that hardly occurred are not made to bear the others' errors. */
const DAMPING = 0.01;

/**
 * Rounds to whole levels from −`most` to `most`; a row's greatest weight is `most`.
 * @param gram XᵀX, of which the lower triangle is read
 * @example
 * const { levels, scale } = roundWithFeedback(Float32Array.of(0.5, 1), 1, 2, Float64Array.of(1, 0.9, 0.9, 1), 63);
 */
export function roundWithFeedback(w: Float32Array, N: number, K: number, gram: Float64Array, most: number): Rounded {
  const L = factor(damped(gram, K), K);
  const levels = new Int8Array(N * K);
  const scale = new Float32Array(N);
  const error = new Float64Array(K);
  for (let n = 0; n < N; n++) {
    const row = w.subarray(n * K, (n + 1) * K);
    let greatest = 0;
    for (let k = 0; k < K; k++) greatest = Math.max(greatest, Math.abs(row[k]!));
    const step = Math.fround(greatest / most);
    scale[n] = step;
    if (step === 0) continue;
    for (let k = 0; k < K; k++) {
      let carried = 0;
      for (let i = 0; i < k; i++) carried += L[k * K + i]! * error[i]!;
      const level = Math.round((row[k]! + carried / L[k * K + k]!) / step);
      levels[n * K + k] = Math.max(-most, Math.min(level, most));
      error[k] = row[k]! - levels[n * K + k]! * step;
    }
  }
  return { levels, scale };
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
