// The rotation R that quantised matrices are packed with and their inputs are multiplied by at run time (src/wasm/kernels/forward/rotate.ts): outliers,
// of which BERT has some in every LayerNorm, are spread over a block of 16 columns, and 7 or 4 bits fit all of them. xW = (xR)(RW), since R is
// its own inverse. After Ashkboos et al. 2024, QuaRot, in blocks small enough for any hidden size, and with no part of it left to training.
//
// R makes each block X [4][4] into H·Xᵀ·H / 4, H the Hadamard matrix of order 4.
import { align } from "./layout.ts";

const SIDE = 4;
const BLOCK_COLUMNS = SIDE * SIDE;

/**
 * Each row of `w` [N][K] times R, padded with zeros to [N][align(K)].
 * @example
 * const rotated = rotateRows(new Float32Array(2 * 12).fill(0.5), 2, 12); // [2][16]
 */
export function rotateRows(w: Float32Array, N: number, K: number): Float32Array {
  const depth = align(K);
  const rotated = new Float32Array(N * depth);
  for (let n = 0; n < N; n++) rotated.set(w.subarray(n * K, (n + 1) * K), n * depth);
  rotateBlocks(rotated);
  return rotated;
}

/** RGR of a symmetric G [K][K], of which the lower triangle is read; K is a multiple of 16. */
export function rotateGram(gram: Float64Array, K: number): Float64Array {
  const rotated = new Float64Array(K * K);
  for (let i = 0; i < K; i++)
    for (let j = 0; j < K; j++) rotated[i * K + j] = gram[Math.max(i, j) * K + Math.min(i, j)]!;
  rotateBlocks(rotated);
  transpose(rotated, K);
  rotateBlocks(rotated);
  return rotated;
}

function rotateBlocks(values: Float32Array | Float64Array): void {
  const block = new Float64Array(BLOCK_COLUMNS);
  for (let at = 0; at < values.length; at += BLOCK_COLUMNS) {
    // H on the rows of X, then on those of what it gives transposed.
    for (let j = 0; j < SIDE; j++) hadamard(values, at + j, SIDE, block, SIDE * j, 1);
    for (let j = 0; j < SIDE; j++) hadamard(block, j, SIDE, values, at + j, SIDE);
  }
}

/** Four values of `x`, `step` apart, times H / 2, to `y`. */
function hadamard(
  x: Float32Array | Float64Array,
  from: number,
  step: number,
  y: Float32Array | Float64Array,
  to: number,
  stride: number,
): void {
  const [a, b, c, d] = [x[from]!, x[from + step]!, x[from + 2 * step]!, x[from + 3 * step]!];
  y[to] = (a + b + c + d) / 2;
  y[to + stride] = (a - b + c - d) / 2;
  y[to + 2 * stride] = (a + b - c - d) / 2;
  y[to + 3 * stride] = (a - b - c + d) / 2;
}

function transpose(square: Float64Array, K: number): void {
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < i; j++) {
      const other = square[j * K + i]!;
      square[j * K + i] = square[i * K + j]!;
      square[i * K + j] = other;
    }
  }
}
