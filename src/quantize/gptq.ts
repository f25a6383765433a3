// Rounds a matrix so that what it computes changes least (Frantar et al. 2022, GPTQ), and not each weight by itself: the error of a weight is
// made up for by the weights of inputs that come with it.
//
// Letters: W [N outputs][K inputs], G = XᵀX [K][K] of the inputs X. A row's error e = w − q costs eᵀGe. With G = LᵀL, L lower triangular,
// that is |Le|², and line k of it is Σ_{i<k} L[k][i] e[i] + L[k][k] e[k]: each weight in turn is chosen to bring its line nearest to 0.

/** The levels that weights are rounded to: whole numbers from `lowest` to `highest`, times a step that a block of inputs shares. */
export interface Levels {
  readonly lowest: number;
  readonly highest: number;
  /** Inputs to a block. */
  readonly block: number;
  /** The step of output n's block from input `first` on, which is to hold `wanted`; 0 for level 0 alone. */
  step(n: number, first: number, wanted: Float64Array): number;
}

/** This much of the mean diagonal is added to it: inputs that hardly occurred are not made to bear the others' errors. */
const DAMPING = 0.003;

/** The level of each weight of `w` [N][K], the nearest to it. */
export function roundToNearest(w: Float32Array, N: number, K: number, to: Levels): Int8Array {
  const levels = new Int8Array(N * K);
  for (let n = 0; n < N; n++) {
    for (let first = 0; first < K; first += to.block) {
      const wanted = Float64Array.from(w.subarray(n * K + first, n * K + Math.min(first + to.block, K)));
      const step = to.step(n, first, wanted);
      for (const [i, value] of wanted.entries()) levels[n * K + first + i] = nearest(value, step, to);
    }
  }
  return levels;
}

/**
 * The level of each weight of `w` [N][K], such that W·x changes least.
 * @param gram XᵀX, of which the lower triangle is read
 * @example
 * const halves = { lowest: -63, highest: 63, block: 2, step: () => 0.5 };
 * const levels = roundWithFeedback(Float32Array.of(0.5, 1), 1, 2, Float64Array.of(1, 0.9, 0.9, 1), halves); // 1, 2
 */
export function roundWithFeedback(w: Float32Array, N: number, K: number, gram: Float64Array, to: Levels): Int8Array {
  const L = factor(damped(gram, K), K);
  const levels = new Int8Array(N * K);
  const error = new Float64Array(K);
  /** What the errors before input `end` ask of the weight of input k. */
  const carried = (k: number, from: number, end: number) => {
    let sum = 0;
    for (let i = from; i < end; i++) sum += L[k * K + i]! * error[i]!;
    return sum / L[k * K + k]!;
  };
  for (let n = 0; n < N; n++) {
    const row = w.subarray(n * K, (n + 1) * K);
    for (let first = 0; first < K; first += to.block) {
      const wanted = Float64Array.from(
        row.subarray(first, first + to.block),
        (value, i) => value + carried(first + i, 0, first),
      );
      const step = to.step(n, first, wanted);
      for (let k = first; k < first + wanted.length; k++) {
        const level = nearest(wanted[k - first]! + carried(k, first, k), step, to);
        levels[n * K + k] = level;
        error[k] = row[k]! - level * step;
      }
    }
  }
  return levels;
}

function nearest(value: number, step: number, { lowest, highest }: Levels): number {
  return step === 0 ? 0 : Math.max(lowest, Math.min(Math.round(value / step), highest));
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
