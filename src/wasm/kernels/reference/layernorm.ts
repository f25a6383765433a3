// Layer normalisation in double precision.

/** x [M][H], residual [M][H] or undefined, gamma and beta [H] → [M][H] */
export function layernorm(
  x: ArrayLike<number>,
  residual: ArrayLike<number> | undefined,
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
  M: number,
  H: number,
  eps: number,
): Float64Array {
  const y = new Float64Array(M * H);
  for (let m = 0; m < M; m++) {
    const v = Float64Array.from({ length: H }, (_, h) => x[m * H + h]! + (residual ? residual[m * H + h]! : 0));
    const mean = v.reduce((sum, value) => sum + value, 0) / H;
    const variance = v.reduce((sum, value) => sum + (value - mean) ** 2, 0) / H;
    for (let h = 0; h < H; h++) y[m * H + h] = ((v[h]! - mean) / Math.sqrt(variance + eps)) * gamma[h]! + beta[h]!;
  }
  return y;
}
