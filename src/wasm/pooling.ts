// One vector per text out of its tokens' vectors, as sentence-transformers' Pooling module makes it. Both engines use it.
//
// Letters: S tokens of the text, H hidden size.
import type { PoolingMode } from "../architectures/head-spec.ts";

/** The tokens' vectors of one text. */
export interface TokenVectors {
  /** [S][ld], of which the first H columns count. */
  readonly x: Float32Array;
  readonly ld: number;
  readonly H: number;
  /** The position of each token in its row: S of them, ascending. */
  readonly columns: Int32Array;
  /** Which row of x is the first of the text; 0 when left out. It is none of the S if the text is padded on the left. */
  readonly first?: number;
}

/**
 * The pooled vector [H].
 *
 * @example
 * const tokens = { x: Float32Array.of(1, 2, 3, 4), ld: 2, H: 2, columns: Int32Array.of(0, 1) };
 * poolTokens("mean", tokens); // 2, 3
 */
export function poolTokens(mode: PoolingMode, tokens: TokenVectors): Float32Array {
  const { x, ld, H, columns, first = 0 } = tokens;
  const S = columns.length;
  switch (mode) {
    case "cls":
      return x.slice(first * ld, first * ld + H);
    case "lasttoken":
      return x.slice((S - 1) * ld, (S - 1) * ld + H);
    case "max":
      return maximum(tokens);
    case "mean":
      return weightedSum(tokens, () => 1, S);
    case "mean_sqrt_len_tokens":
      return weightedSum(tokens, () => 1, Math.sqrt(S));
    case "weightedmean": {
      const total = columns.reduce((sum, column) => sum + column + 1, 0);
      return weightedSum(tokens, (token) => columns[token]! + 1, total);
    }
  }
}

function maximum({ x, ld, H, columns }: TokenVectors): Float32Array {
  const y = x.slice(0, H);
  for (let s = 1; s < columns.length; s++) {
    for (let h = 0; h < H; h++) y[h] = Math.max(y[h]!, x[s * ld + h]!);
  }
  return y;
}

/** Σ weight(s)·x[s] / divisor, added up in f64. */
function weightedSum(
  { x, ld, H, columns }: TokenVectors,
  weight: (token: number) => number,
  divisor: number,
): Float32Array {
  const sums = new Float64Array(H);
  for (let s = 0; s < columns.length; s++) {
    const factor = weight(s);
    for (let h = 0; h < H; h++) sums[h]! += factor * x[s * ld + h]!;
  }
  return Float32Array.from(sums, (sum) => sum / divisor);
}
