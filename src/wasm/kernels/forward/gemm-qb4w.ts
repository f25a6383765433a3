// y [M][N] = activation((q·W) × scale × wscale + bias): int8 activations with a scale a row, 4-bit weights in blocks of 32 inputs, each
// with a whole multiplier beside the scale of its column.
//
// Shapes: q from quantize.ts, scale f32 [M], W in panels [N/8][K/4][4][4] of bytes that hold w + 8 of column n in the low and of
// column n + 4 in the high four bits, multiplier i8 [N/8][K/32][8], wscale and bias f32 [N], y f32 [M][ldy]. M rows, N outputs, K
// inputs. Both builds compute the same integers, Σ over blocks of multiplier × Σ q w:
//   tile_nibble_*  products of a block are summed in 16 bits: 16 × 127 × 15 to a lane and no more, so nothing overflows. The sum
//                  starts at −8 × Σ q, which the quantiser left behind q, and meets its multiplier in the one widening.
//   tile_word_*    the baseline build: q as i16, and w × multiplier, 11 bits, made of w when it is loaded.
import { activate_rows } from "./activation";
import { finish, finish_1x8, finish_4x8, word } from "./gemm-tile";
import { held } from "./math";
import { pairs, qd8_group } from "./quantize";

/** Bytes of q that meet a panel before the next one: with the panel they fit in the first-level cache. */
const BLOCK: usize = 18432;

export function gemm_qd8_f32_qb4w(
  q: usize, scale: usize, w: usize, multiplier: usize, wscale: usize, bias: usize,
  y: usize, ldy: usize, M: i32, N: usize, K: usize, activation: i32,
): void {
  const group = qd8_group(K);
  const block = <i32>max<usize>(BLOCK / group, 2) << 2;
  const blocks = (K + 31) >> 5;
  ldy <<= 2;
  for (let i0 = 0; i0 < M; i0 += block) {
    const i1 = min(i0 + block, M);
    for (let j: usize = 0; j < N; j += 8) {
      const panel = w + ((j * K) >> 1);
      const m = multiplier + j * blocks;
      const ws = wscale + (j << 2);
      const b = bias + (j << 2);
      for (let i = i0; i < i1; i += 4) {
        const rows = min(i1 - i, 4);
        const row = <usize>i << 2;
        const a = q + <usize>(i >> 2) * group;
        const to = y + <usize>i * ldy + (j << 2);
        if (rows == 4) {
          if (RELAXED) tile_nibble_4x8(a, scale + row, panel, m, ws, b, to, ldy, K);
          else {
            tile_word_4x4(a, scale + row, panel, 0, m, ws, b, to, ldy, K);
            tile_word_4x4(a, scale + row, panel, 4, m + 4, ws + 16, b + 16, to + 16, ldy, K);
          }
        } else {
          for (let r: usize = 0; r < <usize>rows; r++) {
            const at = row + (r << 2);
            if (RELAXED) tile_nibble_1x8(a + (r << 2), a + (K << 2) + (r << 2), scale + at, panel, m, ws, b, to + r * ldy, K);
            else {
              tile_word_1x4(a + (r << 3), scale + at, panel, 0, m, ws, b, to + r * ldy, K);
              tile_word_1x4(a + (r << 3), scale + at, panel, 4, m + 4, ws + 16, b + 16, to + r * ldy + 16, K);
            }
          }
        }
      }
    }
    activate_rows(y + <usize>i0 * ldy, ldy, i1 - i0, N, activation, true);
  }
}

/** Adds to four columns, two lanes each, their products with one row's q of four k, which x holds four times. */
@inline
function nibble(c: v128, x: v128, b: v128): v128 {
  return i16x8.add(c, i16x8.relaxed_dot_i8x16_i7x16_s(x, b));
}

/** Adds to four columns a block's sums times their multipliers, each of which m holds twice. */
@inline
function widen(total: v128, c: v128, m: v128): v128 {
  return i32x4.add(total, i32x4.dot_i16x8_s(c, m));
}

function tile_nibble_4x8(
  a: usize, scale: usize, w: usize, m: usize, wscale: usize, bias: usize, y: usize, ldy: usize, K: usize,
): void {
  const low = held(i8x16.splat(15), v128.load(w));
  let t00 = i32x4.splat(0);
  let t01 = t00;
  let t10 = t00;
  let t11 = t00;
  let t20 = t00;
  let t21 = t00;
  let t30 = t00;
  let t31 = t00;
  let sums = a + (K << 2);
  for (const end = sums; a < end; sums += 16, m += 8) {
    let c00 = v128.load32_splat(sums);
    let c01 = c00;
    let c10 = v128.load32_splat(sums, 4);
    let c11 = c10;
    let c20 = v128.load32_splat(sums, 8);
    let c21 = c20;
    let c30 = v128.load32_splat(sums, 12);
    let c31 = c30;
    for (const stop = min(a + 128, end); a < stop; a += 16, w += 16) {
      const b = v128.load(w);
      const b0 = v128.and(b, low);
      const b1 = v128.and(i16x8.shr_u(b, 4), low);
      let x = v128.load32_splat(a);
      c00 = nibble(c00, x, b0);
      c01 = nibble(c01, x, b1);
      x = v128.load32_splat(a, 4);
      c10 = nibble(c10, x, b0);
      c11 = nibble(c11, x, b1);
      x = v128.load32_splat(a, 8);
      c20 = nibble(c20, x, b0);
      c21 = nibble(c21, x, b1);
      x = v128.load32_splat(a, 12);
      c30 = nibble(c30, x, b0);
      c31 = nibble(c31, x, b1);
    }
    const m8 = v128.load8x8_s(m);
    const m0 = v128.shuffle<i16>(m8, m8, 0, 0, 1, 1, 2, 2, 3, 3);
    const m1 = v128.shuffle<i16>(m8, m8, 4, 4, 5, 5, 6, 6, 7, 7);
    t00 = widen(t00, c00, m0);
    t01 = widen(t01, c01, m1);
    t10 = widen(t10, c10, m0);
    t11 = widen(t11, c11, m1);
    t20 = widen(t20, c20, m0);
    t21 = widen(t21, c21, m1);
    t30 = widen(t30, c30, m0);
    t31 = widen(t31, c31, m1);
  }
  finish_4x8(t00, t01, t10, t11, t20, t21, t30, t31, scale, wscale, bias, y, ldy);
}

function tile_nibble_1x8(
  a: usize, sums: usize, scale: usize, w: usize, m: usize, wscale: usize, bias: usize, y: usize, K: usize,
): void {
  const low = held(i8x16.splat(15), v128.load(w));
  let t0 = i32x4.splat(0);
  let t1 = t0;
  for (const end = a + (K << 2); a < end; sums += 16, m += 8) {
    let c0 = v128.load32_splat(sums);
    let c1 = c0;
    for (const stop = min(a + 128, end); a < stop; a += 16, w += 16) {
      const b = v128.load(w);
      const x = v128.load32_splat(a);
      c0 = nibble(c0, x, v128.and(b, low));
      c1 = nibble(c1, x, v128.and(i16x8.shr_u(b, 4), low));
    }
    const m8 = v128.load8x8_s(m);
    t0 = widen(t0, c0, v128.shuffle<i16>(m8, m8, 0, 0, 1, 1, 2, 2, 3, 3));
    t1 = widen(t1, c1, v128.shuffle<i16>(m8, m8, 4, 4, 5, 5, 6, 6, 7, 7));
  }
  finish_1x8(t0, t1, scale, wscale, bias, y);
}

/** The w of four columns and four k, `shift` being 0 for the first four of the panel and 4 for the others, as bytes. */
@inline
function unpack(w: usize, shift: i32, low: v128, eight: v128): v128 {
  return i8x16.sub(v128.and(i16x8.shr_u(v128.load(w), shift), low), eight);
}

/** Four columns: two vectors of partial sums a row. */
function tile_word_4x4(
  a: usize, scale: usize, w: usize, shift: i32, m: usize, wscale: usize, bias: usize, y: usize, ldy: usize, K: usize,
): void {
  const low = held(i8x16.splat(15), v128.load(w));
  const eight = held(i8x16.splat(8), v128.load(w));
  let c00 = i32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (const end = a + (K << 3); a < end; m += 8) {
    const m4 = i16x8.extend_low_i8x16_s(v128.load32_zero(m));
    const m0 = v128.shuffle<i16>(m4, m4, 0, 0, 0, 0, 1, 1, 1, 1);
    const m1 = v128.shuffle<i16>(m4, m4, 2, 2, 2, 2, 3, 3, 3, 3);
    for (const stop = min(a + 256, end); a < stop; a += 32, w += 16) {
      const b = unpack(w, shift, low, eight);
      const b0 = i16x8.mul(i16x8.extend_low_i8x16_s(b), m0);
      const b1 = i16x8.mul(i16x8.extend_high_i8x16_s(b), m1);
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
  }
  const ws = v128.load(wscale);
  const b = v128.load(bias);
  finish(y, pairs(c00, c01), v128.load32_splat(scale), ws, b);
  y += ldy;
  finish(y, pairs(c10, c11), v128.load32_splat(scale, 4), ws, b);
  y += ldy;
  finish(y, pairs(c20, c21), v128.load32_splat(scale, 8), ws, b);
  y += ldy;
  finish(y, pairs(c30, c31), v128.load32_splat(scale, 12), ws, b);
}

function tile_word_1x4(
  a: usize, scale: usize, w: usize, shift: i32, m: usize, wscale: usize, bias: usize, y: usize, K: usize,
): void {
  const low = held(i8x16.splat(15), v128.load(w));
  const eight = held(i8x16.splat(8), v128.load(w));
  let c0 = i32x4.splat(0);
  let c1 = c0;
  for (const end = a + (K << 3); a < end; m += 8) {
    const m4 = i16x8.extend_low_i8x16_s(v128.load32_zero(m));
    const m0 = v128.shuffle<i16>(m4, m4, 0, 0, 0, 0, 1, 1, 1, 1);
    const m1 = v128.shuffle<i16>(m4, m4, 2, 2, 2, 2, 3, 3, 3, 3);
    for (const stop = min(a + 256, end); a < stop; a += 32, w += 16) {
      const b = unpack(w, shift, low, eight);
      const x = v128.load64_splat(a);
      c0 = word(c0, x, i16x8.mul(i16x8.extend_low_i8x16_s(b), m0));
      c1 = word(c1, x, i16x8.mul(i16x8.extend_high_i8x16_s(b), m1));
    }
  }
  finish(y, pairs(c0, c1), v128.load32_splat(scale), v128.load(wscale), v128.load(bias));
}
