// Attention of M queries over S keys in double precision.

export interface Attended {
  /** [M][A × D] */
  y: Float64Array;
  /** [A][M][S] */
  probs: Float64Array;
}

/** q [M][A × D], k and v [S][A × D]. Causal: query i sees keys 0…S−M+i. */
export function attention(
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  M: number,
  S: number,
  A: number,
  D: number,
  factor: number,
  causal: boolean,
): Attended {
  const width = A * D;
  const y = new Float64Array(M * width);
  const probs = new Float64Array(A * M * S);
  for (let a = 0; a < A; a++) {
    for (let m = 0; m < M; m++) {
      const seen = causal ? S - M + m + 1 : S;
      const scores = Float64Array.from({ length: seen }, (_, t) => {
        let sum = 0;
        for (let d = a * D; d < (a + 1) * D; d++) sum += q[m * width + d]! * k[t * width + d]!;
        return sum * factor;
      });
      const max = scores.reduce((x, score) => Math.max(x, score), -Infinity);
      const powers = scores.map((score) => Math.exp(score - max));
      const total = powers.reduce((sum, power) => sum + power, 0);
      for (let t = 0; t < seen; t++) {
        const p = powers[t]! / total;
        probs[(a * M + m) * S + t] = p;
        for (let d = a * D; d < (a + 1) * D; d++) y[m * width + d]! += p * v[t * width + d]!;
      }
    }
  }
  return { y, probs };
}
