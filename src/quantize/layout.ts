// The layouts of a matrix W [N outputs][K inputs] in kernel memory (src/wasm/kernels/NAMING.md explains their names). Packing happens at
// conversion, so loading is copying.
//
// Both dimensions are padded to a multiple of 16 with weights that contribute nothing. Panels of eight output columns:
//   qc7w  u8  [N/8][K/4][8][4]   w + 64 with w in -63…63, one f32 scale per output: relaxed dot products take a 7-bit operand
//   qm4w  u8  [N/8][K/4][4][4]   w + 8 with w in -8…7: column n of the panel in the low four bits, column n + 4 in the high four;
//         an i8 multiplier per block of 32 inputs, [N/8][K/32][8], and one f32 scale per output: a weight is w × multiplier × scale
//   f32   f32 [N/8][K][8]
// Products and embedding tables have the same layouts: a column is an output or an entry of the table.
import { type Levels, roundToNearest, roundWithFeedback } from "./gptq.ts";

/** Every dimension that a kernel sees is a multiple of this. */
export const ALIGNMENT = 16;
const PANEL = 8;
const DEPTH = 4;
const LEVELS = 63;
const ZERO_POINT = 64;
/** Inputs that share a multiplier in the qm4w layout. */
export const BLOCK_INPUTS = 32;
const [LOWEST, HIGHEST] = [-8, 7];
const MAX_MULTIPLIER = 127;
// Adding and subtracting 1.5 × 2⁵² rounds. The search for multipliers does little else, and Math.round takes three times as long.
const MAGIC_BIAS = 6755399441055744;

/** The next multiple of 16. */
export function align(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}

/** A quantised matrix: `weight` u8 in qc7w layout, `scale` f32 [align(N)]. */
export interface PackedQc7w {
  weight: Uint8Array;
  scale: Float32Array;
}

/**
 * Quantises each row of `w` [N][K] (row-major, one row per output as in `nn.Linear`) to 7 bits, symmetrically, and packs it.
 * @param gram XᵀX [K][K] of calibration inputs X: the error of the products is minimised instead of that of each weight
 * @example
 * const { weight, scale } = packQc7w(new Float32Array(2 * 3).fill(0.5), 2, 3); // weight: 16 x 16 bytes
 */
export function packQc7w(w: Float32Array, N: number, K: number, gram?: Float64Array): PackedQc7w {
  const columns = align(N);
  const depth = align(K);
  const weight = new Uint8Array(columns * depth).fill(ZERO_POINT);
  const scale = new Float32Array(columns);
  const step = (n: number, _: number, row: Float64Array) => {
    scale[n] = greatest(row) / LEVELS;
    return scale[n]!;
  };
  const levels = roundTo({ lowest: -LEVELS, highest: LEVELS, block: K, step }, w, N, K, gram);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) weight[qc7wIndex(n, k, depth)] = levels[n * K + k]! + ZERO_POINT;
  }
  return { weight, scale };
}

function roundTo(to: Levels, w: Float32Array, N: number, K: number, gram: Float64Array | undefined): Int8Array {
  return gram ? roundWithFeedback(w, N, K, gram, to) : roundToNearest(w, N, K, to);
}

/** A matrix in 4 bits: `weight` u8 and `multiplier` i8 in qm4w layout, `scale` f32 [align(N)]. */
export interface PackedQm4w {
  weight: Uint8Array;
  multiplier: Int8Array;
  scale: Float32Array;
}

/**
 * Quantises `w` [N][K] (row major) to 4 bits in blocks of 32 inputs and packs it. Each block's multiplier is the one with the
 * smallest squared error; a negative one makes the level -8 positive.
 *
 * @param gram as in packQc7w
 * @example
 * const { weight, multiplier } = packQm4w(new Float32Array(2 * 3).fill(0.5), 2, 3); // weight: 16 x 16 / 2 bytes
 */
export function packQm4w(w: Float32Array, N: number, K: number, gram?: Float64Array): PackedQm4w {
  const columns = align(N);
  const depth = align(K);
  const weight = new Uint8Array((columns * depth) / 2).fill((-LOWEST << 4) | -LOWEST);
  const multiplier = new Int8Array(columns * Math.ceil(depth / BLOCK_INPUTS));
  const scale = new Float32Array(columns);
  const step = (n: number, first: number, block: Float64Array) => {
    // At the largest multiplier, the largest weight of the row is at level 7.
    if (first === 0) scale[n] = greatest(w.subarray(n * K, (n + 1) * K)) / HIGHEST / MAX_MULTIPLIER;
    if (scale[n] === 0) return 0;
    const m = bestMultiplier(block, scale[n]!);
    multiplier[multiplierIndex(n, first, depth)] = m;
    return m * scale[n]!;
  };
  const levels = roundTo({ lowest: LOWEST, highest: HIGHEST, block: BLOCK_INPUTS, step }, w, N, K, gram);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const { byte, shift } = qm4wIndex(n, k, depth);
      weight[byte] = (weight[byte]! & ~(15 << shift)) | ((levels[n * K + k]! - LOWEST) << shift);
    }
  }
  return { weight, multiplier, scale };
}

function greatest(values: Float32Array | Float64Array): number {
  let max = 0;
  for (let k = 0; k < values.length; k++) max = Math.max(max, Math.abs(values[k]!));
  return max;
}

function level(x: number): number {
  const whole = x + MAGIC_BIAS - MAGIC_BIAS;
  return Math.max(LOWEST, Math.min(whole, HIGHEST));
}

/** Tries each multiplier, of either sign, that puts the block's largest weight at 6 to 10 levels. */
function bestMultiplier(block: Float64Array, scale: number): number {
  const levels = greatest(block) / scale;
  let best = 0;
  let least = squaredError(block, 0, Number.POSITIVE_INFINITY);
  const most = Math.min(MAX_MULTIPLIER, Math.ceil(levels / 6));
  for (let m = Math.max(1, Math.floor(levels / 10)); m <= most; m++) {
    for (const signed of [m, -m]) {
      const error = squaredError(block, signed * scale, least);
      if (error < least) [best, least] = [signed, error];
    }
  }
  return best;
}

/** The squared error of rounding the block to multiples of `step`, or some value over `limit` once it exceeds that. */
function squaredError(block: Float64Array, step: number, limit: number): number {
  const inverse = step === 0 ? 0 : 1 / step;
  let error = 0;
  for (let k = 0; k < block.length && error < limit; k++) {
    const missed = level(block[k]! * inverse) * step - block[k]!;
    error += missed * missed;
  }
  return error;
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

/** The index of the weight of output n and input k in the qc7w layout; `depth` is align(K). */
export function qc7wIndex(n: number, k: number, depth: number): number {
  const panel = (n - (n % PANEL)) * depth;
  return panel + (k - (k % DEPTH)) * PANEL + (n % PANEL) * DEPTH + (k % DEPTH);
}

/** The byte of the weight of output n and input k in the qm4w layout, and its shift within the byte. `depth` is align(K). */
export function qm4wIndex(n: number, k: number, depth: number): { byte: number; shift: number } {
  const column = n % PANEL;
  const step = ((n - column) * depth + (k - (k % DEPTH)) * PANEL) / 2;
  return { byte: step + (column % 4) * DEPTH + (k % DEPTH), shift: column & 4 };
}

/** The index of the multiplier of output n and of the block that contains input k. */
export function multiplierIndex(n: number, k: number, depth: number): number {
  return (n - (n % PANEL)) * Math.ceil(depth / BLOCK_INPUTS) + Math.floor(k / BLOCK_INPUTS) * PANEL + (n % PANEL);
}

/** The index of the weight of output n and input k in the f32 layout; `depth` is align(K). */
export function f32Index(n: number, k: number, depth: number): number {
  return (n - (n % PANEL)) * depth + k * PANEL + (n % PANEL);
}
