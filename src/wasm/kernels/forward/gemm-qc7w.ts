// y [M][N] = activation((q·W − sum) × scale × wscale + bias): int8 activations with one scale per row, 7-bit weights with one scale per
// output.
//
// Shapes: q from quantize.ts, scale f32 [M], sum i32 [M] = 64 × Σ q, W u8 in panels [N/8][K/4][8][4] of w + 64, wscale and bias
// f32 [N], y f32 [M][N]. M rows, N outputs, K inputs. Strides in bytes. Every tile computes the same integers, Σ q (w + 64) − sum:
//   tile_4x8c4 (dot)   relaxed build, processors with a dot product of bytes (AVX-VNNI, ARM): four products and their sum at once
//   tile_4x8c4 (pair)  relaxed build, other processors: two products summed to i16, then two of those to i32 by a product with ones.
//                      V8 emits the same two instructions for a relaxed dot product, but rebuilds the ones at every use.
//   tile_4x4c4_i16     baseline build: q is i16, and w is widened when it is loaded
import { activate_rows } from "./activation";
import { assert_bytes, assert_padded, assert_rows } from "./checks";
import { dot_i16, store_scaled, store_scaled_1x8, store_scaled_4x8 } from "./gemm-tile";
import { realize } from "./math";
import { add_pairs, qd8_group } from "./quantize";

/** Bytes of q that are multiplied by one panel before the next one is loaded: together with the panel they fit in the L1 cache. */
const MC_BYTES: usize = 18432;

const use_dot: bool = DOT_PRODUCT === 2 ? RELAXED && has_dot_product() : DOT_PRODUCT === 1;

export function gemm_qd8_f32_qc7w(
  q: usize,
  scale: usize,
  sum: usize,
  w: usize,
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
  assert_padded(N);
  assert_padded(K);
  assert_bytes(q, group * <usize>((M + 3) >> 2));
  assert_bytes(scale, (<usize>M) << 2);
  assert_bytes(sum, (<usize>M) << 2);
  assert_bytes(w, N * K);
  assert_bytes(wscale, N << 2);
  assert_bytes(bias, N << 2);
  assert_rows(y, y_stride, M, N << 2);
  const mc = (<i32>max<usize>(MC_BYTES / group, 2)) << 2;
  for (let i0 = 0; i0 < M; i0 += mc) {
    const i1 = min(i0 + mc, M);
    for (let j: usize = 0; j < N; j += 8) {
      const panel = w + j * K;
      const ws = wscale + (j << 2);
      const b = bias + (j << 2);
      for (let i = i0; i < i1; i += 4) {
        const rows = min(i1 - i, 4);
        const row = (<usize>i) << 2;
        const a = q + <usize>(i >> 2) * group;
        const to = y + <usize>i * y_stride + (j << 2);
        if (rows === 4) multiply_4x8(a, scale + row, sum + row, panel, ws, b, to, y_stride, K);
        else {
          for (let r: usize = 0; r < <usize>rows; r++) {
            const at = row + (r << 2);
            multiply_1x8(a, r, scale + at, sum + at, panel, ws, b, to + r * y_stride, K);
          }
        }
      }
    }
    activate_rows(y + <usize>i0 * y_stride, y_stride, i1 - i0, N, activation, true);
  }
}

/**
 * Whether a relaxed dot product is one instruction. Processors without it multiply to i16 with saturation and add in a second step;
 * operands outside seven bits, which no kernel uses, show the difference.
 */
function has_dot_product(): bool {
  const r = i32x4.relaxed_dot_i8x16_i7x16_add_s(i8x16.splat(-128), i8x16.splat(-1), i32x4.splat(0));
  return i32x4.extract_lane(r, 0) !== -65536;
}

/** Four rows of a group by one panel. @inline */
function multiply_4x8(
  a: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  K: usize,
): void {
  if (!RELAXED) {
    for (let half: usize = 0; half < 32; half += 16) {
      tile_4x4c4_i16(a, scale, sum, w + half, wscale + half, bias + half, y + half, y_stride, K);
    }
  } else if (use_dot) tile_4x8c4_dot(a, scale, sum, w, wscale, bias, y, y_stride, K);
  else tile_4x8c4_pair(a, scale, sum, w, wscale, bias, y, y_stride, K);
}

/** Row `r` of the group at `a` by one panel; scale and sum are the row's. @inline */
function multiply_1x8(
  a: usize,
  r: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  K: usize,
): void {
  if (!RELAXED) tile_1x8c4_i16(a + (r << 3), scale, sum, w, wscale, bias, y, K);
  else if (use_dot) tile_1x8c4_dot(a + (r << 2), scale, sum, w, wscale, bias, y, K);
  else tile_1x8c4_pair(a + (r << 2), scale, sum, w, wscale, bias, y, K);
}

function tile_4x8c4_dot(
  a: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  K: usize,
): void {
  tile_4x8c4(true, a, scale, sum, w, wscale, bias, y, y_stride, K);
}

function tile_4x8c4_pair(
  a: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  K: usize,
): void {
  tile_4x8c4(false, a, scale, sum, w, wscale, bias, y, y_stride, K);
}

function tile_1x8c4_dot(
  a: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  K: usize,
): void {
  tile_1x8c4(true, a, scale, sum, w, wscale, bias, y, K);
}

function tile_1x8c4_pair(
  a: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  K: usize,
): void {
  tile_1x8c4(false, a, scale, sum, w, wscale, bias, y, K);
}

/** c + the products of four k of one row, which x holds four times, with four columns of w. `dot` is a constant. @inline */
function dot_i8(dot: bool, c: v128, x: v128, w: v128, ones: v128): v128 {
  if (dot) return i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w, c);
  return i32x4.add(c, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(x, w), ones));
}

/** The tile of the relaxed build, four rows by eight columns. `dot` is a constant: it chooses the instructions. @inline */
function tile_4x8c4(
  dot: bool,
  a: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  K: usize,
): void {
  const ones = dot ? i16x8.splat(1) : realize(i16x8.splat(1), v128.load(w));
  let c00 = i32x4.neg(v128.load32_splat(sum));
  let c01 = c00;
  let c10 = i32x4.neg(v128.load32_splat(sum, 4));
  let c11 = c10;
  let c20 = i32x4.neg(v128.load32_splat(sum, 8));
  let c21 = c20;
  let c30 = i32x4.neg(v128.load32_splat(sum, 12));
  let c31 = c30;
  let x = a;
  for (let b = w, end = w + (K << 3); b < end; x += 16, b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(x);
    c00 = dot_i8(dot, c00, x0, b0, ones);
    c01 = dot_i8(dot, c01, x0, b1, ones);
    const x1 = v128.load32_splat(x, 4);
    c10 = dot_i8(dot, c10, x1, b0, ones);
    c11 = dot_i8(dot, c11, x1, b1, ones);
    const x2 = v128.load32_splat(x, 8);
    c20 = dot_i8(dot, c20, x2, b0, ones);
    c21 = dot_i8(dot, c21, x2, b1, ones);
    const x3 = v128.load32_splat(x, 12);
    c30 = dot_i8(dot, c30, x3, b0, ones);
    c31 = dot_i8(dot, c31, x3, b1, ones);
  }
  store_scaled_4x8(c00, c01, c10, c11, c20, c21, c30, c31, scale, wscale, bias, y, y_stride);
}

/** One row: even and odd groups of four k have accumulators of their own. @inline */
function tile_1x8c4(
  dot: bool,
  a: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  K: usize,
): void {
  const ones = dot ? i16x8.splat(1) : realize(i16x8.splat(1), v128.load(w));
  let c0 = i32x4.neg(v128.load32_splat(sum));
  let c1 = c0;
  let d0 = i32x4.splat(0);
  let d1 = i32x4.splat(0);
  let x = a;
  for (let b = w, end = w + (K << 3); b < end; x += 32, b += 64) {
    const x0 = v128.load32_splat(x);
    c0 = dot_i8(dot, c0, x0, v128.load(b), ones);
    c1 = dot_i8(dot, c1, x0, v128.load(b, 16), ones);
    const x1 = v128.load32_splat(x, 16);
    d0 = dot_i8(dot, d0, x1, v128.load(b, 32), ones);
    d1 = dot_i8(dot, d1, x1, v128.load(b, 48), ones);
  }
  store_scaled_1x8(i32x4.add(c0, d0), i32x4.add(c1, d1), scale, wscale, bias, y);
}

/** The tile of the baseline build: four columns, with two vectors of partial sums per row. */
function tile_4x4c4_i16(
  a: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  K: usize,
): void {
  let c00 = i32x4.splat(0);
  let c01 = i32x4.splat(0);
  let c10 = i32x4.splat(0);
  let c11 = i32x4.splat(0);
  let c20 = i32x4.splat(0);
  let c21 = i32x4.splat(0);
  let c30 = i32x4.splat(0);
  let c31 = i32x4.splat(0);
  let x = a;
  for (let b = w, end = w + (K << 3); b < end; x += 32, b += 32) {
    const b0 = v128.load8x8_u(b);
    const b1 = v128.load8x8_u(b, 8);
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
  const ws = v128.load(wscale);
  const bs = v128.load(bias);
  const y1 = y + y_stride;
  const y2 = y1 + y_stride;
  const y3 = y2 + y_stride;
  store_scaled(y, i32x4.sub(add_pairs(c00, c01), v128.load32_splat(sum)), v128.load32_splat(scale), ws, bs);
  store_scaled(y1, i32x4.sub(add_pairs(c10, c11), v128.load32_splat(sum, 4)), v128.load32_splat(scale, 4), ws, bs);
  store_scaled(y2, i32x4.sub(add_pairs(c20, c21), v128.load32_splat(sum, 8)), v128.load32_splat(scale, 8), ws, bs);
  store_scaled(y3, i32x4.sub(add_pairs(c30, c31), v128.load32_splat(sum, 12)), v128.load32_splat(scale, 12), ws, bs);
}

function tile_1x8c4_i16(
  a: usize,
  scale: usize,
  sum: usize,
  w: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  K: usize,
): void {
  let c0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let c2 = i32x4.splat(0);
  let c3 = i32x4.splat(0);
  let x = a;
  for (let b = w, end = w + (K << 3); b < end; x += 32, b += 32) {
    const x0 = v128.load64_splat(x);
    c0 = dot_i16(c0, x0, v128.load8x8_u(b));
    c1 = dot_i16(c1, x0, v128.load8x8_u(b, 8));
    c2 = dot_i16(c2, x0, v128.load8x8_u(b, 16));
    c3 = dot_i16(c3, x0, v128.load8x8_u(b, 24));
  }
  const s = v128.load32_splat(sum);
  store_scaled_1x8(i32x4.sub(add_pairs(c0, c1), s), i32x4.sub(add_pairs(c2, c3), s), scale, wscale, bias, y);
}
