// Dynamic quantisation of activations, row by row after the block Hadamard transform, in the same f32 steps as the kernel: the integers
// are the same.
import { rotate } from "./rotate.ts";

/** A row below this counts as zero. */
const SMALLEST = Math.fround(1e-30);

export interface Quantized {
  /** [M][K], −127…127. */
  q: Int8Array;
  /** [M] */
  scale: Float32Array;
  /** [M], 64 × Σ q */
  sum: Int32Array;
}

/** x [M][K], K a multiple of 16 */
export function quantize(x: Float32Array, M: number, K: number): Quantized {
  const q = new Int8Array(M * K);
  const scale = new Float32Array(M);
  const sum = new Int32Array(M);
  for (let m = 0; m < M; m++) {
    const row = rotate(x.subarray(m * K, (m + 1) * K));
    let max = 0;
    for (const value of row) max = Math.max(max, Math.abs(value));
    if (max < SMALLEST) continue;
    scale[m] = max / (4 * 127);
    const inverse = Math.fround(127 / max);
    for (let k = 0; k < K; k++) {
      q[m * K + k] = roundToEven(Math.fround(row[k]! * inverse));
      sum[m]! += 64 * q[m * K + k]!;
    }
  }
  return { q, scale, sum };
}

function roundToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
