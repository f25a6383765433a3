// y [M][N] = activation(x·W + bias), all f32.
//
// Shapes: x [M][ldx], W in panels [N/8][K][8], bias [N], y [M][ldy]. M rows, N outputs, K inputs.
// A tile is four rows by eight columns: eight accumulators, and for each k two loads of W and four of x for eight products.
import { activate_rows } from "./activation";
import { madd } from "./math";

/** Rows that meet a panel before the next one: they stay in the second-level cache, the panel in the first. */
const BLOCK = 32;

export function gemm_f32(
  x: usize, ldx: usize, w: usize, bias: usize, y: usize, ldy: usize, M: i32, N: usize, K: usize, activation: i32,
): void {
  ldx <<= 2;
  ldy <<= 2;
  for (let i0 = 0; i0 < M; i0 += BLOCK) {
    const i1 = min(i0 + BLOCK, M);
    for (let j: usize = 0; j < N; j += 8) {
      const panel = w + ((j * K) << 2);
      const b = bias + (j << 2);
      let xi = x + <usize>i0 * ldx;
      let yi = y + <usize>i0 * ldy + (j << 2);
      let i = i0;
      for (; i + 4 <= i1; i += 4, xi += ldx << 2, yi += ldy << 2) tile_4x8(xi, ldx, panel, b, yi, ldy, K);
      for (; i < i1; i++, xi += ldx, yi += ldy) tile_1x8(xi, panel, b, yi, K);
    }
    activate_rows(y + <usize>i0 * ldy, ldy, i1 - i0, N, activation, false);
  }
}

function tile_4x8(x: usize, ldx: usize, w: usize, bias: usize, y: usize, ldy: usize, K: usize): void {
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  let x1 = x + ldx;
  let x2 = x1 + ldx;
  let x3 = x2 + ldx;
  for (const end = x + (K << 2); x < end; x += 4, x1 += 4, x2 += 4, x3 += 4, w += 32) {
    const b0 = v128.load(w);
    const b1 = v128.load(w, 16);
    let a = v128.load32_splat(x);
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
  v128.store(y, c00);
  v128.store(y, c01, 16);
  y += ldy;
  v128.store(y, c10);
  v128.store(y, c11, 16);
  y += ldy;
  v128.store(y, c20);
  v128.store(y, c21, 16);
  y += ldy;
  v128.store(y, c30);
  v128.store(y, c31, 16);
}

/** One row; even and odd k have accumulators of their own, so that a product does not wait for the one before. */
function tile_1x8(x: usize, w: usize, bias: usize, y: usize, K: usize): void {
  let c0 = v128.load(bias);
  let c1 = v128.load(bias, 16);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let e0 = f32x4.splat(0);
  let e1 = f32x4.splat(0);
  let f0 = f32x4.splat(0);
  let f1 = f32x4.splat(0);
  for (const end = x + (K << 2); x < end; x += 16, w += 128) {
    let a = v128.load32_splat(x);
    c0 = madd(a, v128.load(w), c0);
    c1 = madd(a, v128.load(w, 16), c1);
    a = v128.load32_splat(x, 4);
    d0 = madd(a, v128.load(w, 32), d0);
    d1 = madd(a, v128.load(w, 48), d1);
    a = v128.load32_splat(x, 8);
    e0 = madd(a, v128.load(w, 64), e0);
    e1 = madd(a, v128.load(w, 80), e1);
    a = v128.load32_splat(x, 12);
    f0 = madd(a, v128.load(w, 96), f0);
    f1 = madd(a, v128.load(w, 112), f1);
  }
  v128.store(y, f32x4.add(f32x4.add(c0, d0), f32x4.add(e0, f0)));
  v128.store(y, f32x4.add(f32x4.add(c1, d1), f32x4.add(e1, f1)), 16);
}
