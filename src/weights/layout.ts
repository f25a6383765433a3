// How a matrix W [N outputs][K inputs] lies in kernel memory. Packing happens at conversion, so loading is copying.
//
// Both dimensions are padded to a multiple of 16 with weights that contribute nothing. Panels of eight output columns:
//   qc8w  u8  [N/8][K/4][8][4]   w + 64 with w in -63…63, one f32 scale an output: relaxed dot products take a 7-bit operand
//   f32   f32 [N/8][K][8]
// The same layout serves products (a column an output) and embedding tables (a column a vocabulary entry).

/** Every dimension that a kernel sees is a multiple of this. */
export const ALIGNMENT = 16;
const PANEL = 8;
const DEPTH = 4;
const LEVELS = 63;
const ZERO_POINT = 64;

/** The next multiple of 16. */
export function align(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}

/** A quantised matrix: `weight` u8 in qc8w layout, `scale` f32 [align(N)]. */
export interface PackedQc8w {
  weight: Uint8Array;
  scale: Float32Array;
}

/**
 * Quantises each row of `w` [N][K] (row major, an output a row as in `nn.Linear`) to 7 bits, symmetric, and packs it.
 *
 * @example
 * const { weight, scale } = packQc8w(new Float32Array(2 * 3).fill(0.5), 2, 3); // weight: 16 x 16 bytes
 */
export function packQc8w(w: Float32Array, N: number, K: number): PackedQc8w {
  const columns = align(N);
  const depth = align(K);
  const weight = new Uint8Array(columns * depth).fill(ZERO_POINT);
  const scale = new Float32Array(columns);
  for (let n = 0; n < N; n++) {
    const row = w.subarray(n * K, (n + 1) * K);
    let max = 0;
    for (let k = 0; k < K; k++) max = Math.max(max, Math.abs(row[k]!));
    scale[n] = max / LEVELS;
    const inverse = max === 0 ? 0 : LEVELS / max;
    for (let k = 0; k < K; k++) weight[qc8wIndex(n, k, depth)] = Math.round(row[k]! * inverse) + ZERO_POINT;
  }
  return { weight, scale };
}

/** Packs `w` [N][K] (row major) unquantised. */
export function packF32(w: Float32Array, N: number, K: number): Float32Array {
  const depth = align(K);
  const packed = new Float32Array(align(N) * depth);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) packed[f32Index(n, k, depth)] = w[n * K + k]!;
  }
  return packed;
}

/** Where the weight of output n and input k lies in the qc8w layout; `depth` is align(K). */
export function qc8wIndex(n: number, k: number, depth: number): number {
  const panel = (n - (n % PANEL)) * depth;
  return panel + (k - (k % DEPTH)) * PANEL + (n % PANEL) * DEPTH + (k % DEPTH);
}

/** Where the weight of output n and input k lies in the f32 layout; `depth` is align(K). */
export function f32Index(n: number, k: number, depth: number): number {
  return (n - (n % PANEL)) * depth + k * PANEL + (n % PANEL);
}
