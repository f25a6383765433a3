// y [M][N] = activation(x·W + bias), all f32.
//
// Shapes: x [M][K], W in panels [N/8][K][8], bias [N], y [M][N]. M rows, N outputs, K inputs. Strides in bytes.
import { activate_rows } from "./activation";
import { assert_bytes, assert_padded, assert_rows } from "./checks";
import { madd } from "./math";
import { tile_4x8 } from "./tile-f32";

/** Rows of x that are multiplied by one panel before the next one is loaded: they stay in the L2 cache, the panel in L1. */
const MC = 32;

export function gemm_f32(
  x: usize,
  x_stride: usize,
  w: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
  M: i32,
  N: usize,
  K: usize,
  activation: i32,
): void {
  assert_padded(N);
  assert_padded(K);
  assert_rows(x, x_stride, M, K << 2);
  assert_rows(y, y_stride, M, N << 2);
  assert_bytes(w, (N * K) << 2);
  assert_bytes(bias, N << 2);
  for (let i0 = 0; i0 < M; i0 += MC) {
    const i1 = min(i0 + MC, M);
    for (let j: usize = 0; j < N; j += 8) {
      const panel = w + ((j * K) << 2);
      const b = bias + (j << 2);
      let xi = x + <usize>i0 * x_stride;
      let yi = y + <usize>i0 * y_stride + (j << 2);
      let i = i0;
      for (; i + 4 <= i1; i += 4, xi += x_stride << 2, yi += y_stride << 2) {
        multiply_4x8(xi, x_stride, panel, b, yi, y_stride, K);
      }
      for (; i < i1; i++, xi += x_stride, yi += y_stride) multiply_1x8(xi, panel, b, yi, K);
    }
    activate_rows(y + <usize>i0 * y_stride, y_stride, i1 - i0, N, activation, false);
  }
}

function multiply_4x8(x: usize, x_stride: usize, w: usize, bias: usize, y: usize, y_stride: usize, K: usize): void {
  const none = f32x4.splat(0);
  tile_4x8(x, x_stride, w, K, v128.load(bias), v128.load(bias, 16), y, y_stride, false, none, none, none, none, false);
}

/** One row. Four consecutive k have accumulators of their own, so that no multiply-add waits for the one before it. */
function multiply_1x8(x: usize, w: usize, bias: usize, y: usize, K: usize): void {
  let c0 = v128.load(bias);
  let c1 = v128.load(bias, 16);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let e0 = f32x4.splat(0);
  let e1 = f32x4.splat(0);
  let f0 = f32x4.splat(0);
  let f1 = f32x4.splat(0);
  let b = w;
  for (let a = x, end = x + (K << 2); a < end; a += 16, b += 128) {
    const a0 = v128.load32_splat(a);
    c0 = madd(a0, v128.load(b), c0);
    c1 = madd(a0, v128.load(b, 16), c1);
    const a1 = v128.load32_splat(a, 4);
    d0 = madd(a1, v128.load(b, 32), d0);
    d1 = madd(a1, v128.load(b, 48), d1);
    const a2 = v128.load32_splat(a, 8);
    e0 = madd(a2, v128.load(b, 64), e0);
    e1 = madd(a2, v128.load(b, 80), e1);
    const a3 = v128.load32_splat(a, 12);
    f0 = madd(a3, v128.load(b, 96), f0);
    f1 = madd(a3, v128.load(b, 112), f1);
  }
  v128.store(y, f32x4.add(f32x4.add(c0, d0), f32x4.add(e0, f0)));
  v128.store(y, f32x4.add(f32x4.add(c1, d1), f32x4.add(e1, f1)), 16);
}
