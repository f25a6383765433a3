// What is remembered of the inputs X [tokens][K] that a matrix meets: XᵀX, and each column's greatest magnitude.

export class InputStatistics {
  readonly K: number;
  readonly max: Float32Array;
  /** XᵀX [K][K], of which the lower triangle is filled. */
  readonly gram: Float64Array;

  constructor(K: number) {
    this.K = K;
    this.max = new Float32Array(K);
    this.gram = new Float64Array(K * K);
  }

  /** Takes M more rows [M][K]. */
  add(x: Float32Array, M: number): void {
    const { K, max, gram } = this;
    for (let i = 0; i < M * K; i++) max[i % K] = Math.max(max[i % K]!, Math.abs(x[i]!));
    // Four rows at a time, so that XᵀX is read and written a quarter as often; zeros fill the last four.
    const fours = new Float32Array(Math.ceil(M / 4) * 4 * K);
    fours.set(x.subarray(0, M * K));
    for (let i = 0; i < K; i++) {
      const sums = gram.subarray(i * K, i * K + i + 1);
      for (let at = 0; at < fours.length; at += 4 * K) addFour(sums, fours, at, K);
    }
  }

  /** XᵀX of the first K columns. */
  gramOf(K: number): Float64Array {
    if (K === this.K) return this.gram;
    const result = new Float64Array(K * K);
    for (let i = 0; i < K; i++) result.set(this.gram.subarray(i * this.K, i * this.K + K), i * K);
    return result;
  }
}

/** sums[j] += Σ x[last] x[j] over four rows at `at`, j up to the last. */
function addFour(sums: Float64Array, x: Float32Array, at: number, K: number): void {
  const last = sums.length - 1;
  const [row1, row2, row3] = [at + K, at + 2 * K, at + 3 * K];
  const a = x[at + last]!;
  const b = x[row1 + last]!;
  const c = x[row2 + last]!;
  const d = x[row3 + last]!;
  for (let j = 0; j <= last; j++) {
    sums[j]! += a * x[at + j]! + b * x[row1 + j]! + c * x[row2 + j]! + d * x[row3 + j]!;
  }
}
