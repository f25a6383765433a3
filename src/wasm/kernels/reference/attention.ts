// Attention of M queries over S keys in double precision.

export interface Attention {
  /** [M][A × D] */
  y: Float64Array;
  /** [A][M][S] */
  probs: Float64Array;
}

export interface AttentionOptions {
  /** Query i attends to keys 0…S−M+i only. */
  readonly causal?: boolean;
  /** Added to the scores, [A][M][S]. */
  readonly bias?: Float32Array;
  /** Multiplies the probabilities of each head, [A]. */
  readonly headFactor?: Float32Array;
}

/** q [M][A × D], k and v [S][A × D] */
export function attention(
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  v: ArrayLike<number>,
  M: number,
  S: number,
  A: number,
  D: number,
  factor: number,
  { causal = false, bias, headFactor }: AttentionOptions = {},
): Attention {
  const width = A * D;
  const y = new Float64Array(M * width);
  const probs = new Float64Array(A * M * S);
  for (let a = 0; a < A; a++) {
    for (let m = 0; m < M; m++) {
      const row = (a * M + m) * S;
      const seen = causal ? S - M + m + 1 : S;
      const scores = Float64Array.from({ length: seen }, (_, t) => {
        let sum = 0;
        for (let d = a * D; d < (a + 1) * D; d++) sum += q[m * width + d]! * k[t * width + d]!;
        return sum * factor + (bias ? bias[row + t]! : 0);
      });
      const max = scores.reduce((x, score) => Math.max(x, score), -Infinity);
      const powers = scores.map((score) => Math.exp(score - max));
      const total = powers.reduce((sum, power) => sum + power, 0);
      for (let t = 0; t < seen; t++) {
        const p = (powers[t]! / total) * (headFactor ? headFactor[a]! : 1);
        probs[row + t] = p;
        for (let d = a * D; d < (a + 1) * D; d++) y[m * width + d]! += p * v[t * width + d]!;
      }
    }
  }
  return { y, probs };
}
