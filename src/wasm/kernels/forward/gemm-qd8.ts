// y [M][N] = activation((q·W − sum) × scale × wscale + bias): int8 activations with a scale a row, 7-bit weights with one a
// column.
//
// Shapes: q from quantize.ts, scale f32 [M], sum i32 [M] = 64 × Σ q, W u8 in panels [N/8][K/4][8][4] of w + 64, wscale and bias
// f32 [N], y f32 [M][ldy]. M rows, N outputs, K inputs. Every tile computes the same integers, Σ q (w + 64) − sum; which one
// runs depends on the build and on what the processor makes of a relaxed dot product:
//   tile_dot_*   one instruction for four products and their sum (AVX-VNNI, ARM dot product)
//   tile_pair_*  two products summed to i16, the pairs to i32 by a product with ones. V8 would do the same for the instruction
//                of tile_dot_*, but build the ones each time.
//   tile_word_*  the baseline build: q as i16, w widened when it is loaded.
import { activate_rows } from "./activation";
import { finish, finish_1x8, finish_4x8, word } from "./gemm-tile";
import { held } from "./math";
import { pairs, qd8_group } from "./quantize";

/** Bytes of q that meet a panel before the next one: with the panel they fit in the first-level cache. */
const BLOCK: usize = 18432;

/** Whether the relaxed build computes with tile_dot_*. Found out when the module starts; the tests set it. */
export let dot_product: bool = RELAXED ? has_dot_product() : false;

export function gemm_qd8_f32_qc8w(
  q: usize, scale: usize, sum: usize, w: usize, wscale: usize, bias: usize,
  y: usize, ldy: usize, M: i32, N: usize, K: usize, activation: i32,
): void {
  const group = qd8_group(K);
  const block = <i32>max<usize>(BLOCK / group, 2) << 2;
  ldy <<= 2;
  for (let i0 = 0; i0 < M; i0 += block) {
    const i1 = min(i0 + block, M);
    for (let j: usize = 0; j < N; j += 8) {
      const panel = w + j * K;
      const ws = wscale + (j << 2);
      const b = bias + (j << 2);
      for (let i = i0; i < i1; i += 4) {
        const rows = min(i1 - i, 4);
        const row = <usize>i << 2;
        const a = q + <usize>(i >> 2) * group;
        const to = y + <usize>i * ldy + (j << 2);
        if (rows == 4) {
          if (!RELAXED) tile_word_4x8(a, scale + row, sum + row, panel, ws, b, to, ldy, K);
          else if (dot_product) tile_dot_4x8(a, scale + row, sum + row, panel, ws, b, to, ldy, K);
          else tile_pair_4x8(a, scale + row, sum + row, panel, ws, b, to, ldy, K);
        } else {
          for (let r: usize = 0; r < <usize>rows; r++) {
            const at = row + (r << 2);
            if (!RELAXED) tile_word_1x8(a + (r << 3), scale + at, sum + at, panel, ws, b, to + r * ldy, K);
            else if (dot_product) tile_dot_1x8(a + (r << 2), scale + at, sum + at, panel, ws, b, to + r * ldy, K);
            else tile_pair_1x8(a + (r << 2), scale + at, sum + at, panel, ws, b, to + r * ldy, K);
          }
        }
      }
    }
    activate_rows(y + <usize>i0 * ldy, ldy, i1 - i0, N, activation, true);
  }
}

/**
 * Whether a relaxed dot product is one instruction. Processors without one multiply to i16, saturating, and add in a second
 * step: operands outside 7 bits, which no kernel feeds it, tell the two apart.
 */
function has_dot_product(): bool {
  const r = i32x4.relaxed_dot_i8x16_i7x16_add_s(i8x16.splat(-128), i8x16.splat(-1), i32x4.splat(0));
  return i32x4.extract_lane(r, 0) != -65536;
}

/** Adds to four columns their products with one row's q of four k, which x holds four times. */
@inline
function pair(c: v128, x: v128, b: v128, ones: v128): v128 {
  return i32x4.add(c, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(x, b), ones));
}

function tile_dot_4x8(
  a: usize, scale: usize, sum: usize, w: usize, wscale: usize, bias: usize, y: usize, ldy: usize, K: usize,
): void {
  let c00 = i32x4.neg(v128.load32_splat(sum));
  let c01 = c00;
  let c10 = i32x4.neg(v128.load32_splat(sum, 4));
  let c11 = c10;
  let c20 = i32x4.neg(v128.load32_splat(sum, 8));
  let c21 = c20;
  let c30 = i32x4.neg(v128.load32_splat(sum, 12));
  let c31 = c30;
  for (const end = w + (K << 3); w < end; a += 16, w += 32) {
    const b0 = v128.load(w);
    const b1 = v128.load(w, 16);
    let x = v128.load32_splat(a);
    c00 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b0, c00);
    c01 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b0, c10);
    c11 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b0, c20);
    c21 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b0, c30);
    c31 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b1, c31);
  }
  finish_4x8(c00, c01, c10, c11, c20, c21, c30, c31, scale, wscale, bias, y, ldy);
}

function tile_dot_1x8(
  a: usize, scale: usize, sum: usize, w: usize, wscale: usize, bias: usize, y: usize, K: usize,
): void {
  let c0 = i32x4.neg(v128.load32_splat(sum));
  let c1 = c0;
  let d0 = i32x4.splat(0);
  let d1 = i32x4.splat(0);
  for (const end = w + (K << 3); w < end; a += 32, w += 64) {
    let x = v128.load32_splat(a);
    c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, v128.load(w), c0);
    c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, v128.load(w, 16), c1);
    x = v128.load32_splat(a, 16);
    d0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, v128.load(w, 32), d0);
    d1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, v128.load(w, 48), d1);
  }
  finish_1x8(i32x4.add(c0, d0), i32x4.add(c1, d1), scale, wscale, bias, y);
}

function tile_pair_4x8(
  a: usize, scale: usize, sum: usize, w: usize, wscale: usize, bias: usize, y: usize, ldy: usize, K: usize,
): void {
  const ones = held(i16x8.splat(1), v128.load(w));
  let c00 = i32x4.neg(v128.load32_splat(sum));
  let c01 = c00;
  let c10 = i32x4.neg(v128.load32_splat(sum, 4));
  let c11 = c10;
  let c20 = i32x4.neg(v128.load32_splat(sum, 8));
  let c21 = c20;
  let c30 = i32x4.neg(v128.load32_splat(sum, 12));
  let c31 = c30;
  for (const end = w + (K << 3); w < end; a += 16, w += 32) {
    const b0 = v128.load(w);
    const b1 = v128.load(w, 16);
    let x = v128.load32_splat(a);
    c00 = pair(c00, x, b0, ones);
    c01 = pair(c01, x, b1, ones);
    x = v128.load32_splat(a, 4);
    c10 = pair(c10, x, b0, ones);
    c11 = pair(c11, x, b1, ones);
    x = v128.load32_splat(a, 8);
    c20 = pair(c20, x, b0, ones);
    c21 = pair(c21, x, b1, ones);
    x = v128.load32_splat(a, 12);
    c30 = pair(c30, x, b0, ones);
    c31 = pair(c31, x, b1, ones);
  }
  finish_4x8(c00, c01, c10, c11, c20, c21, c30, c31, scale, wscale, bias, y, ldy);
}

function tile_pair_1x8(
  a: usize, scale: usize, sum: usize, w: usize, wscale: usize, bias: usize, y: usize, K: usize,
): void {
  const ones = held(i16x8.splat(1), v128.load(w));
  let c0 = i32x4.neg(v128.load32_splat(sum));
  let c1 = c0;
  let d0 = i32x4.splat(0);
  let d1 = i32x4.splat(0);
  for (const end = w + (K << 3); w < end; a += 32, w += 64) {
    let x = v128.load32_splat(a);
    c0 = pair(c0, x, v128.load(w), ones);
    c1 = pair(c1, x, v128.load(w, 16), ones);
    x = v128.load32_splat(a, 16);
    d0 = pair(d0, x, v128.load(w, 32), ones);
    d1 = pair(d1, x, v128.load(w, 48), ones);
  }
  finish_1x8(i32x4.add(c0, d0), i32x4.add(c1, d1), scale, wscale, bias, y);
}

/** Four columns at a time: two vectors of partial sums a row. */
function tile_word_4x8(
  a: usize, scale: usize, sum: usize, w: usize, wscale: usize, bias: usize, y: usize, ldy: usize, K: usize,
): void {
  for (let half: usize = 0; half < 32; half += 16) {
    tile_word_4x4(a, scale, sum, w + half, wscale + half, bias + half, y + half, ldy, K);
  }
}

function tile_word_4x4(
  a: usize, scale: usize, sum: usize, w: usize, wscale: usize, bias: usize, y: usize, ldy: usize, K: usize,
): void {
  let c00 = i32x4.splat(0);
  let c01 = i32x4.splat(0);
  let c10 = i32x4.splat(0);
  let c11 = i32x4.splat(0);
  let c20 = i32x4.splat(0);
  let c21 = i32x4.splat(0);
  let c30 = i32x4.splat(0);
  let c31 = i32x4.splat(0);
  for (const end = w + (K << 3); w < end; a += 32, w += 32) {
    const b0 = v128.load8x8_u(w);
    const b1 = v128.load8x8_u(w, 8);
    let x = v128.load64_splat(a);
    c00 = word(c00, x, b0);
    c01 = word(c01, x, b1);
    x = v128.load64_splat(a, 8);
    c10 = word(c10, x, b0);
    c11 = word(c11, x, b1);
    x = v128.load64_splat(a, 16);
    c20 = word(c20, x, b0);
    c21 = word(c21, x, b1);
    x = v128.load64_splat(a, 24);
    c30 = word(c30, x, b0);
    c31 = word(c31, x, b1);
  }
  const ws = v128.load(wscale);
  const b = v128.load(bias);
  finish(y, i32x4.sub(pairs(c00, c01), v128.load32_splat(sum)), v128.load32_splat(scale), ws, b);
  y += ldy;
  finish(y, i32x4.sub(pairs(c10, c11), v128.load32_splat(sum, 4)), v128.load32_splat(scale, 4), ws, b);
  y += ldy;
  finish(y, i32x4.sub(pairs(c20, c21), v128.load32_splat(sum, 8)), v128.load32_splat(scale, 8), ws, b);
  y += ldy;
  finish(y, i32x4.sub(pairs(c30, c31), v128.load32_splat(sum, 12)), v128.load32_splat(scale, 12), ws, b);
}

function tile_word_1x8(
  a: usize, scale: usize, sum: usize, w: usize, wscale: usize, bias: usize, y: usize, K: usize,
): void {
  let c0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let c2 = i32x4.splat(0);
  let c3 = i32x4.splat(0);
  for (const end = w + (K << 3); w < end; a += 32, w += 32) {
    const x = v128.load64_splat(a);
    c0 = word(c0, x, v128.load8x8_u(w));
    c1 = word(c1, x, v128.load8x8_u(w, 8));
    c2 = word(c2, x, v128.load8x8_u(w, 16));
    c3 = word(c3, x, v128.load8x8_u(w, 24));
  }
  const s = v128.load32_splat(sum);
  finish_1x8(i32x4.sub(pairs(c0, c1), s), i32x4.sub(pairs(c2, c3), s), scale, wscale, bias, y);
}
