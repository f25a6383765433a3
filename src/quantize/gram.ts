// XᵀX of rows X [tokens][K], summed as they come: what rounding with error feedback has to know of a matrix's inputs.

/**
 * Adds M rows `x` [M][K] to `gram` [K][K], of which the lower triangle is filled.
 * @example
 * const gram = new Float64Array(4);
 * addRows(gram, Float32Array.of(1, 2), 1, 2); // 1, 0, 2, 4
 */
export function addRows(gram: Float64Array, x: Float32Array, M: number, K: number): void {
  // Four rows at a time, so that XᵀX is read and written a quarter as often; zeros fill the last four.
  const fours = new Float32Array(Math.ceil(M / 4) * 4 * K);
  fours.set(x.subarray(0, M * K));
  for (let i = 0; i < K; i++) {
    const sums = gram.subarray(i * K, i * K + i + 1);
    for (let at = 0; at < fours.length; at += 4 * K) addFour(sums, fours, at, K);
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
