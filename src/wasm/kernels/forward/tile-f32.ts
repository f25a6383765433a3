// The f32 tile of four rows by eight columns that the products of gemm_f32, of attention_f32 and of training share: eight accumulators,
// and for each k two loads of w and four of x for eight multiply-adds.
import { madd } from "./math";

/**
 * y [4][8] = (x [4][K] · w [K][8] + bias [8]) × factor [4], the bias in two vectors, the factors one vector per row, or without the
 * factors where `scaled` is false, a constant of each caller. Where `accumulate` is true, a constant too, y += x · w without a bias.
 *
 * x and y have strides; a row of w is 32 bytes, directly followed by the next.
 * @inline
 */
export function tile_4x8(
  x: usize,
  x_stride: usize,
  w: usize,
  K: usize,
  bias0: v128,
  bias1: v128,
  y: usize,
  y_stride: usize,
  scaled: bool,
  factor0: v128,
  factor1: v128,
  factor2: v128,
  factor3: v128,
  accumulate: bool,
): void {
  const y1 = y + y_stride;
  const y2 = y1 + y_stride;
  const y3 = y2 + y_stride;
  let c00 = accumulate ? v128.load(y) : bias0;
  let c01 = accumulate ? v128.load(y, 16) : bias1;
  let c10 = accumulate ? v128.load(y1) : bias0;
  let c11 = accumulate ? v128.load(y1, 16) : bias1;
  let c20 = accumulate ? v128.load(y2) : bias0;
  let c21 = accumulate ? v128.load(y2, 16) : bias1;
  let c30 = accumulate ? v128.load(y3) : bias0;
  let c31 = accumulate ? v128.load(y3, 16) : bias1;
  let x0 = x;
  let x1 = x0 + x_stride;
  let x2 = x1 + x_stride;
  let x3 = x2 + x_stride;
  let b = w;
  for (const end = x + (K << 2); x0 < end; x0 += 4, x1 += 4, x2 += 4, x3 += 4, b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let a = v128.load32_splat(x0);
    c00 = madd(a, b0, c00);
    c01 = madd(a, b1, c01);
    a = v128.load32_splat(x1);
    c10 = madd(a, b0, c10);
    c11 = madd(a, b1, c11);
    a = v128.load32_splat(x2);
    c20 = madd(a, b0, c20);
    c21 = madd(a, b1, c21);
    a = v128.load32_splat(x3);
    c30 = madd(a, b0, c30);
    c31 = madd(a, b1, c31);
  }
  v128.store(y, scaled ? f32x4.mul(c00, factor0) : c00);
  v128.store(y, scaled ? f32x4.mul(c01, factor0) : c01, 16);
  v128.store(y1, scaled ? f32x4.mul(c10, factor1) : c10);
  v128.store(y1, scaled ? f32x4.mul(c11, factor1) : c11, 16);
  v128.store(y2, scaled ? f32x4.mul(c20, factor2) : c20);
  v128.store(y2, scaled ? f32x4.mul(c21, factor2) : c21, 16);
  v128.store(y3, scaled ? f32x4.mul(c30, factor3) : c30);
  v128.store(y3, scaled ? f32x4.mul(c31, factor3) : c31, 16);
}
