// Activations to int8, a scale a row, in the order in which the GEMM reads them: four rows side by side.
//
// Shapes: x f32 [M][ldx], q [M/4] groups of four rows, scale f32 [M], sum i32 [M]. M rows, K columns.
//   relaxed   a group is [K/4][4 rows][4 × i8], and behind it −8 × Σ q over blocks of 32 columns, [K/32][4 rows][2 × i16]: the
//             first of the two sums columns 0 and 1 of every four, the second 2 and 3
//   baseline  a group is [K/4][4 rows][4 × i16]
import { held, max_f32x4, ROUND } from "./math";

/** Below this a row counts as zero: 127 / max must stay finite. */
const SMALLEST: f32 = 1e-30;

/** Bytes of a group of four rows. */
@inline
export function qd8_group(K: usize): usize {
  return RELAXED ? K * 4 + ((K + 31) >> 5 << 4) : K * 8;
}

export function quantize_f32_qd8(x: usize, ldx: usize, q: usize, scale: usize, sum: usize, M: i32, K: usize): void {
  for (let i = 0; i < M; i += 4) {
    quantize_group(x, ldx << 2, q, scale, sum, min(M - i, 4), K);
    x += ldx << 4;
    q += qd8_group(K);
    scale += 16;
    sum += 16;
  }
}

/** Up to four rows, ldx in bytes. Where there are fewer, the spare rows repeat the first. */
export function quantize_group(x: usize, ldx: usize, q: usize, scale: usize, sum: usize, rows: i32, K: usize): void {
  const x0 = x;
  const x1 = rows > 1 ? x + ldx : x;
  const x2 = rows > 2 ? x + 2 * ldx : x;
  const x3 = rows > 3 ? x + 3 * ldx : x;
  const inverse0 = scale_row(x0, scale, K);
  const inverse1 = scale_row(x1, scale + 4, K);
  const inverse2 = scale_row(x2, scale + 8, K);
  const inverse3 = scale_row(x3, scale + 12, K);
  if (RELAXED) interleave_bytes(x0, x1, x2, x3, inverse0, inverse1, inverse2, inverse3, q, sum, K);
  else interleave_words(x0, x1, x2, x3, inverse0, inverse1, inverse2, inverse3, q, sum, K);
}

/** Stores the row's scale, max / 127, and returns its inverse in every lane. */
function scale_row(x: usize, scale: usize, K: usize): v128 {
  let largest0 = f32x4.splat(0);
  let largest1 = f32x4.splat(0);
  for (const end = x + (K << 2); x < end; x += 32) {
    largest0 = f32x4.pmax(largest0, f32x4.abs(v128.load(x)));
    largest1 = f32x4.pmax(largest1, f32x4.abs(v128.load(x, 16)));
  }
  const largest = max_f32x4(f32x4.pmax(largest0, largest1));
  if (largest < SMALLEST) {
    store<f32>(scale, 0);
    return f32x4.splat(0);
  }
  store<f32>(scale, largest / 127);
  return f32x4.splat(127 / largest);
}

/** Four values to integers, i32 a lane; `round` is ROUND, whose bits are subtracted from the sum's. */
@inline
function round4(x: v128, inverse: v128, round: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(x, inverse), round), round);
}

/** Eight values from x on, i16 a lane. */
@inline
function round8(x: usize, inverse: v128, round: v128): v128 {
  return i16x8.narrow_i32x4_s(round4(v128.load(x), inverse, round), round4(v128.load(x, 16), inverse, round));
}

/** Sixteen values from x on, i8 a lane. */
@inline
function round16(x: usize, inverse: v128, round: v128): v128 {
  return i8x16.narrow_i16x8_s(round8(x, inverse, round), round8(x + 32, inverse, round));
}

/** The sums of two neighbours, i16 a lane. */
@inline
function neighbours(q: v128): v128 {
  return i16x8.extadd_pairwise_i8x16_s(q);
}

function interleave_bytes(
  x0: usize, x1: usize, x2: usize, x3: usize, inverse0: v128, inverse1: v128, inverse2: v128, inverse3: v128,
  q: usize, sum: usize, K: usize,
): void {
  const round = held(f32x4.splat(ROUND), inverse0);
  const weight = held(i16x8.splat(64), inverse0);
  let total = i32x4.splat(0);
  let block = i16x8.splat(0);
  let blocks = q + (K << 2);
  for (let k: usize = 0; k < K << 2; k += 64) {
    const r0 = round16(x0 + k, inverse0, round);
    const r1 = round16(x1 + k, inverse1, round);
    const r2 = round16(x2 + k, inverse2, round);
    const r3 = round16(x3 + k, inverse3, round);
    // A 4 × 4 transposition of four-byte lanes.
    const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    const g0 = v128.shuffle<i64>(low01, low23, 0, 2);
    const g1 = v128.shuffle<i64>(low01, low23, 1, 3);
    const g2 = v128.shuffle<i64>(high01, high23, 0, 2);
    const g3 = v128.shuffle<i64>(high01, high23, 1, 3);
    v128.store(q, g0);
    v128.store(q, g1, 16);
    v128.store(q, g2, 32);
    v128.store(q, g3, 48);
    const two = i16x8.add(i16x8.add(neighbours(g0), neighbours(g1)), i16x8.add(neighbours(g2), neighbours(g3)));
    total = i32x4.add(total, i32x4.dot_i16x8_s(two, weight));
    block = i16x8.sub(block, i16x8.shl(two, 3));
    v128.store(blocks, block);
    if (k & 64) {
      block = i16x8.splat(0);
      blocks += 16;
    }
    q += 64;
  }
  v128.store(sum, total);
}

function interleave_words(
  x0: usize, x1: usize, x2: usize, x3: usize, inverse0: v128, inverse1: v128, inverse2: v128, inverse3: v128,
  q: usize, sum: usize, K: usize,
): void {
  const round = held(f32x4.splat(ROUND), inverse0);
  const weight = held(i16x8.splat(64), inverse0);
  let total = i32x4.splat(0);
  for (let k: usize = 0; k < K << 2; k += 32) {
    const r0 = round8(x0 + k, inverse0, round);
    const r1 = round8(x1 + k, inverse1, round);
    const r2 = round8(x2 + k, inverse2, round);
    const r3 = round8(x3 + k, inverse3, round);
    v128.store(q, v128.shuffle<i64>(r0, r1, 0, 2));
    v128.store(q, v128.shuffle<i64>(r2, r3, 0, 2), 16);
    v128.store(q, v128.shuffle<i64>(r0, r1, 1, 3), 32);
    v128.store(q, v128.shuffle<i64>(r2, r3, 1, 3), 48);
    const sum01 = pairs(i32x4.dot_i16x8_s(r0, weight), i32x4.dot_i16x8_s(r1, weight));
    const sum23 = pairs(i32x4.dot_i16x8_s(r2, weight), i32x4.dot_i16x8_s(r3, weight));
    total = i32x4.add(total, pairs(sum01, sum23));
    q += 64;
  }
  v128.store(sum, total);
}

/** Sums of neighbours: the four of a, then b's. */
@inline
export function pairs(a: v128, b: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
}
