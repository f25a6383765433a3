// y [M][N] = activation((q·W) × scale × wscale + bias): int8 activations with one scale per row, 4-bit weights with one scale per output
// and, per block of 32 inputs, a whole multiplier of that scale.
//
// Shapes: q from quantize.ts, scale f32 [M], W in panels [N/8][K/4][4][4] of bytes that hold w + 8 of column n in the low and of
// column n + 4 in the high four bits, multiplier i8 [N/8][K/32][8], wscale and bias f32 [N], y f32 [M][N]. M rows, N outputs, K
// inputs. Strides in bytes. Both builds compute the same integers, Σ over blocks of multiplier × Σ q w:
//   tile_4x8c4      relaxed build: a block's products are summed in 16 bits. A lane holds 16 × 127 × 15 at most, so nothing overflows.
//                   The sum starts at −8 × Σ q, which the quantiser stored after q, and is widened once, by its multiplier.
//   tile_4x4c4_i16  baseline build: q is i16, and w × multiplier, 11 bits, is computed when w is loaded
import { activate_rows } from "./activation";
import { assert_bytes, assert_padded, assert_rows } from "./checks";
import { dot_i16, store_scaled, store_scaled_1x8, store_scaled_4x8 } from "./gemm-tile";
import { realize } from "./math";
import { add_pairs, qd8_group } from "./quantize";

/** As in gemm-qc7w.ts. */
const MC_BYTES: usize = 18432;

export function gemm_qd8_f32_qm4w(
  q: usize,
  scale: usize,
  w: usize,
  multiplier: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  M: i32,
  N: usize,
  K: usize,
  activation: i32,
): void {
  const group = qd8_group(K);
  const blocks = (K + 31) >> 5;
  assert_padded(N);
  assert_padded(K);
  assert_bytes(q, group * <usize>((M + 3) >> 2));
  assert_bytes(scale, (<usize>M) << 2);
  assert_bytes(w, (N * K) >> 1);
  assert_bytes(multiplier, N * blocks);
  assert_bytes(wscale, N << 2);
  assert_bytes(bias, N << 2);
  assert_rows(y, y_stride, M, N << 2);
  const mc = (<i32>max<usize>(MC_BYTES / group, 2)) << 2;
  for (let i0 = 0; i0 < M; i0 += mc) {
    const i1 = min(i0 + mc, M);
    for (let j: usize = 0; j < N; j += 8) {
      const panel = w + ((j * K) >> 1);
      const m = multiplier + j * blocks;
      const ws = wscale + (j << 2);
      const b = bias + (j << 2);
      for (let i = i0; i < i1; i += 4) {
        const rows = min(i1 - i, 4);
        const row = (<usize>i) << 2;
        const a = q + <usize>(i >> 2) * group;
        const to = y + <usize>i * y_stride + (j << 2);
        if (rows === 4) multiply_4x8(a, scale + row, panel, m, ws, b, to, y_stride, K);
        else {
          for (let r: usize = 0; r < <usize>rows; r++) {
            multiply_1x8(a, r, scale + row + (r << 2), panel, m, ws, b, to + r * y_stride, K);
          }
        }
      }
    }
    activate_rows(y + <usize>i0 * y_stride, y_stride, i1 - i0, N, activation, true);
  }
}

/** Four rows of a group by one panel. @inline */
function multiply_4x8(
  a: usize,
  scale: usize,
  w: usize,
  m: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  K: usize,
): void {
  if (RELAXED) tile_4x8c4(a, scale, w, m, wscale, bias, y, y_stride, K);
  else {
    tile_4x4c4_i16(a, scale, w, 0, m, wscale, bias, y, y_stride, K);
    tile_4x4c4_i16(a, scale, w, 4, m + 4, wscale + 16, bias + 16, y + 16, y_stride, K);
  }
}

/** Row `r` of the group at `a` by one panel; scale is the row's. @inline */
function multiply_1x8(
  a: usize,
  r: usize,
  scale: usize,
  w: usize,
  m: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  K: usize,
): void {
  if (RELAXED) tile_1x8c4(a + (r << 2), a + (K << 2) + (r << 2), scale, w, m, wscale, bias, y, K);
  else {
    tile_1x4c4_i16(a + (r << 3), scale, w, 0, m, wscale, bias, y, K);
    tile_1x4c4_i16(a + (r << 3), scale, w, 4, m + 4, wscale + 16, bias + 16, y + 16, K);
  }
}

/** c + the products of four k of one row, which x holds four times, with four columns of w, two lanes per column. @inline */
function dot_u4(c: v128, x: v128, w: v128): v128 {
  return i16x8.add(c, i16x8.relaxed_dot_i8x16_i7x16_s(x, w));
}

/** total + a block's sums × the multipliers of four columns, each of which m holds twice. @inline */
function add_block(total: v128, c: v128, m: v128): v128 {
  return i32x4.add(total, i32x4.dot_i16x8_s(c, m));
}

function tile_4x8c4(
  a: usize,
  scale: usize,
  w: usize,
  multiplier: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  K: usize,
): void {
  const low = realize(i8x16.splat(15), v128.load(w));
  let t00 = i32x4.splat(0);
  let t01 = t00;
  let t10 = t00;
  let t11 = t00;
  let t20 = t00;
  let t21 = t00;
  let t30 = t00;
  let t31 = t00;
  const end = a + (K << 2);
  let x = a;
  let b = w;
  for (let sums = end, m = multiplier; x < end; sums += 16, m += 8) {
    let c00 = v128.load32_splat(sums);
    let c01 = c00;
    let c10 = v128.load32_splat(sums, 4);
    let c11 = c10;
    let c20 = v128.load32_splat(sums, 8);
    let c21 = c20;
    let c30 = v128.load32_splat(sums, 12);
    let c31 = c30;
    for (const stop = min(x + 128, end); x < stop; x += 16, b += 16) {
      const both = v128.load(b);
      const b0 = v128.and(both, low);
      const b1 = v128.and(i16x8.shr_u(both, 4), low);
      const x0 = v128.load32_splat(x);
      c00 = dot_u4(c00, x0, b0);
      c01 = dot_u4(c01, x0, b1);
      const x1 = v128.load32_splat(x, 4);
      c10 = dot_u4(c10, x1, b0);
      c11 = dot_u4(c11, x1, b1);
      const x2 = v128.load32_splat(x, 8);
      c20 = dot_u4(c20, x2, b0);
      c21 = dot_u4(c21, x2, b1);
      const x3 = v128.load32_splat(x, 12);
      c30 = dot_u4(c30, x3, b0);
      c31 = dot_u4(c31, x3, b1);
    }
    const m8 = v128.load8x8_s(m);
    const m0 = v128.shuffle<i16>(m8, m8, 0, 0, 1, 1, 2, 2, 3, 3);
    const m1 = v128.shuffle<i16>(m8, m8, 4, 4, 5, 5, 6, 6, 7, 7);
    t00 = add_block(t00, c00, m0);
    t01 = add_block(t01, c01, m1);
    t10 = add_block(t10, c10, m0);
    t11 = add_block(t11, c11, m1);
    t20 = add_block(t20, c20, m0);
    t21 = add_block(t21, c21, m1);
    t30 = add_block(t30, c30, m0);
    t31 = add_block(t31, c31, m1);
  }
  store_scaled_4x8(t00, t01, t10, t11, t20, t21, t30, t31, scale, wscale, bias, y, y_stride);
}

/** One row, whose block sums begin at `block_sums`. */
function tile_1x8c4(
  a: usize,
  block_sums: usize,
  scale: usize,
  w: usize,
  multiplier: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  K: usize,
): void {
  const low = realize(i8x16.splat(15), v128.load(w));
  let t0 = i32x4.splat(0);
  let t1 = t0;
  const end = a + (K << 2);
  let x = a;
  let b = w;
  for (let sums = block_sums, m = multiplier; x < end; sums += 16, m += 8) {
    let c0 = v128.load32_splat(sums);
    let c1 = c0;
    for (const stop = min(x + 128, end); x < stop; x += 16, b += 16) {
      const both = v128.load(b);
      const x0 = v128.load32_splat(x);
      c0 = dot_u4(c0, x0, v128.and(both, low));
      c1 = dot_u4(c1, x0, v128.and(i16x8.shr_u(both, 4), low));
    }
    const m8 = v128.load8x8_s(m);
    t0 = add_block(t0, c0, v128.shuffle<i16>(m8, m8, 0, 0, 1, 1, 2, 2, 3, 3));
    t1 = add_block(t1, c1, v128.shuffle<i16>(m8, m8, 4, 4, 5, 5, 6, 6, 7, 7));
  }
  store_scaled_1x8(t0, t1, scale, wscale, bias, y);
}

/** w of four columns and four k, as bytes; `shift` is 0 for the first four columns of the panel and 4 for the rest. @inline */
function unpack(w: usize, shift: i32, low: v128, eight: v128): v128 {
  return i8x16.sub(v128.and(i16x8.shr_u(v128.load(w), shift), low), eight);
}

/** Four columns, with two vectors of partial sums per row. */
function tile_4x4c4_i16(
  a: usize,
  scale: usize,
  w: usize,
  shift: i32,
  multiplier: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  K: usize,
): void {
  const low = realize(i8x16.splat(15), v128.load(w));
  const eight = realize(i8x16.splat(8), v128.load(w));
  let c00 = i32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const end = a + (K << 3);
  let x = a;
  let b = w;
  for (let m = multiplier; x < end; m += 8) {
    const m4 = i16x8.extend_low_i8x16_s(v128.load32_zero(m));
    const m0 = v128.shuffle<i16>(m4, m4, 0, 0, 0, 0, 1, 1, 1, 1);
    const m1 = v128.shuffle<i16>(m4, m4, 2, 2, 2, 2, 3, 3, 3, 3);
    for (const stop = min(x + 256, end); x < stop; x += 32, b += 16) {
      const bytes = unpack(b, shift, low, eight);
      const b0 = i16x8.mul(i16x8.extend_low_i8x16_s(bytes), m0);
      const b1 = i16x8.mul(i16x8.extend_high_i8x16_s(bytes), m1);
      const x0 = v128.load64_splat(x);
      c00 = dot_i16(c00, x0, b0);
      c01 = dot_i16(c01, x0, b1);
      const x1 = v128.load64_splat(x, 8);
      c10 = dot_i16(c10, x1, b0);
      c11 = dot_i16(c11, x1, b1);
      const x2 = v128.load64_splat(x, 16);
      c20 = dot_i16(c20, x2, b0);
      c21 = dot_i16(c21, x2, b1);
      const x3 = v128.load64_splat(x, 24);
      c30 = dot_i16(c30, x3, b0);
      c31 = dot_i16(c31, x3, b1);
    }
  }
  const ws = v128.load(wscale);
  const bs = v128.load(bias);
  const y1 = y + y_stride;
  const y2 = y1 + y_stride;
  const y3 = y2 + y_stride;
  store_scaled(y, add_pairs(c00, c01), v128.load32_splat(scale), ws, bs);
  store_scaled(y1, add_pairs(c10, c11), v128.load32_splat(scale, 4), ws, bs);
  store_scaled(y2, add_pairs(c20, c21), v128.load32_splat(scale, 8), ws, bs);
  store_scaled(y3, add_pairs(c30, c31), v128.load32_splat(scale, 12), ws, bs);
}

function tile_1x4c4_i16(
  a: usize,
  scale: usize,
  w: usize,
  shift: i32,
  multiplier: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  K: usize,
): void {
  const low = realize(i8x16.splat(15), v128.load(w));
  const eight = realize(i8x16.splat(8), v128.load(w));
  let c0 = i32x4.splat(0);
  let c1 = c0;
  const end = a + (K << 3);
  let x = a;
  let b = w;
  for (let m = multiplier; x < end; m += 8) {
    const m4 = i16x8.extend_low_i8x16_s(v128.load32_zero(m));
    const m0 = v128.shuffle<i16>(m4, m4, 0, 0, 0, 0, 1, 1, 1, 1);
    const m1 = v128.shuffle<i16>(m4, m4, 2, 2, 2, 2, 3, 3, 3, 3);
    for (const stop = min(x + 256, end); x < stop; x += 32, b += 16) {
      const bytes = unpack(b, shift, low, eight);
      const x0 = v128.load64_splat(x);
      c0 = dot_i16(c0, x0, i16x8.mul(i16x8.extend_low_i8x16_s(bytes), m0));
      c1 = dot_i16(c1, x0, i16x8.mul(i16x8.extend_high_i8x16_s(bytes), m1));
    }
  }
  store_scaled(y, add_pairs(c0, c1), v128.load32_splat(scale), v128.load(wscale), v128.load(bias));
}
