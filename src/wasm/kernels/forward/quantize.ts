// Activations to int8 with one scale per row, after the block Hadamard transform (rotate.ts), in the order in which the GEMMs read them:
// four rows side by side.
//
// Shapes: x f32 [M][K]; q [M/4] groups of four rows, followed by a scratch f32 [4][K]; scale f32 [M], sum i32 [M]. M rows, K columns.
// Strides in bytes.
//   relaxed   a group is [K/4][4 rows][4 × i8], followed by −8 × Σ q over blocks of 32 columns, [K/32][4 rows][2 × i16]: the first of the
//             two sums covers columns 0 and 1 of every four, the second columns 2 and 3
//   baseline  a group is [K/4][4 rows][4 × i16]
import { assert_bytes, assert_padded, assert_rows } from "./checks";
import { MAGIC_BIAS, realize } from "./math";
import { rotate_row } from "./rotate";

/** A row whose largest magnitude is below this counts as zero: 127 / max must stay finite. */
const SMALLEST: f32 = 1e-30;

/** Bytes of a group of four rows. @inline */
export function qd8_group(K: usize): usize {
  return RELAXED ? K * 4 + (((K + 31) >> 5) << 4) : K * 8;
}

/** Bytes of M rows: their groups, and the scratch. */
export function qd8_bytes(M: i32, K: usize): usize {
  return <usize>((M + 3) >> 2) * qd8_group(K) + (K << 4);
}

export function quantize_f32_qd8(
  x: usize,
  x_stride: usize,
  q: usize,
  scale: usize,
  sum: usize,
  M: i32,
  K: usize,
): void {
  assert_padded(K);
  assert_rows(x, x_stride, M, K << 2);
  assert_bytes(q, qd8_bytes(M, K));
  assert_bytes(scale, ((<usize>M + 3) & ~3) << 2);
  assert_bytes(sum, ((<usize>M + 3) & ~3) << 2);
  const scratch = qd8_scratch(q, M, K);
  for (let i = 0; i < M; i += 4) {
    const from = x + <usize>i * x_stride;
    const group = q + <usize>(i >> 2) * qd8_group(K);
    const row = (<usize>i) << 2;
    quantize_group(from, x_stride, group, scratch, scale + row, sum + row, min(M - i, 4), K);
  }
}

/** The address of the scratch of M rows. @inline */
export function qd8_scratch(q: usize, M: i32, K: usize): usize {
  return q + <usize>((M + 3) >> 2) * qd8_group(K);
}

/** Up to four rows. If there are fewer, the spare rows repeat the first. */
export function quantize_group(
  x: usize,
  x_stride: usize,
  q: usize,
  scratch: usize,
  scale: usize,
  sum: usize,
  rows: i32,
  K: usize,
): void {
  const width = K << 2;
  const x0 = scratch;
  const x1 = rows > 1 ? x0 + width : x0;
  const x2 = rows > 2 ? x0 + 2 * width : x0;
  const x3 = rows > 3 ? x0 + 3 * width : x0;
  const inverse0 = scale_row(x, x0, scale, K);
  const inverse1 = rows > 1 ? scale_row(x + x_stride, x1, scale + 4, K) : copy_scale(inverse0, scale, 4);
  const inverse2 = rows > 2 ? scale_row(x + 2 * x_stride, x2, scale + 8, K) : copy_scale(inverse0, scale, 8);
  const inverse3 = rows > 3 ? scale_row(x + 3 * x_stride, x3, scale + 12, K) : copy_scale(inverse0, scale, 12);
  if (RELAXED) interleave_i8(x0, x1, x2, x3, inverse0, inverse1, inverse2, inverse3, q, sum, K);
  else interleave_i16(x0, x1, x2, x3, inverse0, inverse1, inverse2, inverse3, q, sum, K);
}

/** Writes 4 × the transform of a row to y and its scale, max / 127, to `scale`. Returns 127 / max of what is in y, in every lane. */
function scale_row(x: usize, y: usize, scale: usize, K: usize): v128 {
  const largest = rotate_row(x, y, K);
  if (largest < SMALLEST) {
    store<f32>(scale, 0);
    return f32x4.splat(0);
  }
  store<f32>(scale, largest / (4 * 127));
  return f32x4.splat(127 / largest);
}

/** Copies the first row's scale to a spare row, and returns the first row's inverse. @inline */
function copy_scale(inverse: v128, scale: usize, row: usize): v128 {
  store<f32>(scale + row, load<f32>(scale));
  return inverse;
}

/** Four values to the nearest integers, one i32 per lane; `round` is the magic bias, whose bits are subtracted again. @inline */
function round4(x: v128, inverse: v128, round: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(x, inverse), round), round);
}

/** The eight values at x, one i16 per lane. @inline */
function round8(x: usize, inverse: v128, round: v128): v128 {
  return i16x8.narrow_i32x4_s(round4(v128.load(x), inverse, round), round4(v128.load(x, 16), inverse, round));
}

/** The sixteen values at x, one i8 per lane. @inline */
function round16(x: usize, inverse: v128, round: v128): v128 {
  return i8x16.narrow_i16x8_s(round8(x, inverse, round), round8(x + 32, inverse, round));
}

/** Sums of adjacent bytes, one i16 per lane. @inline */
function add_adjacent(q: v128): v128 {
  return i16x8.extadd_pairwise_i8x16_s(q);
}

function interleave_i8(
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  inverse0: v128,
  inverse1: v128,
  inverse2: v128,
  inverse3: v128,
  q: usize,
  sum: usize,
  K: usize,
): void {
  const round = realize(f32x4.splat(MAGIC_BIAS), inverse0);
  const weight = realize(i16x8.splat(64), inverse0);
  let total = i32x4.splat(0);
  let block = i16x8.splat(0);
  let blocks = q + (K << 2);
  let to = q;
  for (let k: usize = 0; k < K << 2; k += 64, to += 64) {
    const r0 = round16(x0 + k, inverse0, round);
    const r1 = round16(x1 + k, inverse1, round);
    const r2 = round16(x2 + k, inverse2, round);
    const r3 = round16(x3 + k, inverse3, round);
    // A 4 × 4 transpose of four-byte lanes.
    const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    const g0 = v128.shuffle<i64>(low01, low23, 0, 2);
    const g1 = v128.shuffle<i64>(low01, low23, 1, 3);
    const g2 = v128.shuffle<i64>(high01, high23, 0, 2);
    const g3 = v128.shuffle<i64>(high01, high23, 1, 3);
    v128.store(to, g0);
    v128.store(to, g1, 16);
    v128.store(to, g2, 32);
    v128.store(to, g3, 48);
    const two = i16x8.add(i16x8.add(add_adjacent(g0), add_adjacent(g1)), i16x8.add(add_adjacent(g2), add_adjacent(g3)));
    total = i32x4.add(total, i32x4.dot_i16x8_s(two, weight));
    block = i16x8.sub(block, i16x8.shl(two, 3));
    v128.store(blocks, block);
    if (k & 64) {
      block = i16x8.splat(0);
      blocks += 16;
    }
  }
  v128.store(sum, total);
}

function interleave_i16(
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  inverse0: v128,
  inverse1: v128,
  inverse2: v128,
  inverse3: v128,
  q: usize,
  sum: usize,
  K: usize,
): void {
  const round = realize(f32x4.splat(MAGIC_BIAS), inverse0);
  const weight = realize(i16x8.splat(64), inverse0);
  let total = i32x4.splat(0);
  let to = q;
  for (let k: usize = 0; k < K << 2; k += 32, to += 64) {
    const r0 = round8(x0 + k, inverse0, round);
    const r1 = round8(x1 + k, inverse1, round);
    const r2 = round8(x2 + k, inverse2, round);
    const r3 = round8(x3 + k, inverse3, round);
    v128.store(to, v128.shuffle<i64>(r0, r1, 0, 2));
    v128.store(to, v128.shuffle<i64>(r2, r3, 0, 2), 16);
    v128.store(to, v128.shuffle<i64>(r0, r1, 1, 3), 32);
    v128.store(to, v128.shuffle<i64>(r2, r3, 1, 3), 48);
    const sum01 = add_pairs(i32x4.dot_i16x8_s(r0, weight), i32x4.dot_i16x8_s(r1, weight));
    const sum23 = add_pairs(i32x4.dot_i16x8_s(r2, weight), i32x4.dot_i16x8_s(r3, weight));
    total = i32x4.add(total, add_pairs(sum01, sum23));
  }
  v128.store(sum, total);
}

/** Sums of adjacent lanes: two of a, then two of b. @inline */
export function add_pairs(a: v128, b: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
}
