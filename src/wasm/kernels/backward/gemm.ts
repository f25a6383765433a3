// The backward products of a dense layer y = x·Wᵀ + b, W [N][K]: both add to a gradient that other layers or batches have begun.
//   dx [M][K] += dy [M][N] · W, with W packed by pack_f32
//   dW [N][K] += dyᵀ · x, with dy transposed and x packed by pack_f32
//   db [N]    += the sum of the rows of dy
import { assert_bytes, assert_padded, assert_rows } from "../forward/checks";
import { tile_4x8 } from "../forward/tile-f32";

/** Inputs that are multiplied before the next ones: eight columns of them stay in the L1 cache, MC rows in L2. */
const KC: usize = 384;
const MC = 64;

/**
 * y [M][N] += x [M][K] · w, w in panels [N/8][K][8]. Rows of x and y are read and written up to M rounded up to a multiple of 4; K may be
 * anything.
 */
export function gemm_accumulate_f32(
  x: usize,
  x_stride: usize,
  w: usize,
  y: usize,
  y_stride: usize,
  M: i32,
  N: usize,
  K: usize,
): void {
  assert_padded(N);
  assert_rows(x, x_stride, (M + 3) & ~3, K << 2);
  assert_rows(y, y_stride, (M + 3) & ~3, N << 2);
  assert_bytes(w, (N * K) << 2);
  for (let k: usize = 0; k < K; k += KC) {
    const depth = min(KC, K - k);
    for (let i0 = 0; i0 < M; i0 += MC) {
      const i1 = min(i0 + MC, M);
      for (let j: usize = 0; j < N; j += 8) {
        const panel = w + ((j * K + (k << 3)) << 2);
        let xi = x + <usize>i0 * x_stride + (k << 2);
        let yi = y + <usize>i0 * y_stride + (j << 2);
        for (let i = i0; i < i1; i += 4, xi += x_stride << 2, yi += y_stride << 2) {
          add_4x8(xi, x_stride, panel, depth, yi, y_stride);
        }
      }
    }
  }
}

/** A function of its own: its accumulators fill the registers. */
function add_4x8(x: usize, x_stride: usize, w: usize, K: usize, y: usize, y_stride: usize): void {
  const none = f32x4.splat(0);
  tile_4x8(x, x_stride, w, K, none, none, y, y_stride, false, none, none, none, none, true);
}

/** y [N] += the sum of the rows of x [M][N]. */
export function sum_rows_f32(x: usize, x_stride: usize, y: usize, M: i32, N: usize): void {
  assert_padded(N);
  assert_rows(x, x_stride, M, N << 2);
  for (let n: usize = 0; n < N << 2; n += 32) {
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let from = x + n;
    for (let i = 0; i < M; i++, from += x_stride) {
      c0 = f32x4.add(c0, v128.load(from));
      c1 = f32x4.add(c1, v128.load(from, 16));
    }
    v128.store(y + n, f32x4.add(v128.load(y + n), c0));
    v128.store(y + n, f32x4.add(v128.load(y + n, 16), c1), 16);
  }
}
