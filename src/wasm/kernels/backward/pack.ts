// The layouts in which backward products read their operands, all by the tile of the forward pass (tile-f32.ts).
//
// Shapes: x f32 [M][N] with a stride in bytes. Panels are contiguous: eight columns over all rows. N is a multiple of 16.
import { assert_bytes, assert_padded, assert_rows } from "../forward/checks";

/** x [M][N] to panels [N/8][M][8]: the right operand of a product that sums over the rows of x. */
export function pack_f32(x: usize, x_stride: usize, panels: usize, M: i32, N: usize): void {
  assert_padded(N);
  assert_rows(x, x_stride, M, N << 2);
  assert_bytes(panels, (<usize>M * N) << 2);
  const panel = (<usize>M) << 5;
  let from = x;
  let first = panels;
  for (let i = 0; i < M; i++, from += x_stride, first += 32) {
    let to = first;
    for (let n: usize = 0; n < N << 2; n += 32, to += panel) {
      v128.store(to, v128.load(from + n));
      v128.store(to, v128.load(from + n, 16), 16);
    }
  }
}

/** x [M][N] to panels [M/8][N][8]: the right operand of a product that sums over the columns of x. M is a multiple of 8. */
export function pack_transposed_f32(x: usize, x_stride: usize, panels: usize, M: i32, N: usize): void {
  assert(M % 8 === 0);
  assert_padded(N);
  assert_rows(x, x_stride, M, N << 2);
  assert_bytes(panels, (<usize>M * N) << 2);
  let from = x;
  for (let i = 0; i < M; i += 4, from += x_stride << 2) {
    const to = panels + <usize>(i >> 3) * (N << 5) + <usize>((i & 4) << 2);
    for (let n: usize = 0; n < N << 2; n += 16) transpose_block(from + n, x_stride, to + (n << 3), 32);
  }
}

/** y [N][M] = xᵀ. Rows of y have a stride of at least 4 × M rounded up to 4; the columns up to there become zero. */
export function transpose_f32(x: usize, x_stride: usize, y: usize, y_stride: usize, M: i32, N: usize): void {
  assert_padded(N);
  assert_rows(x, x_stride, M, N << 2);
  assert_rows(y, y_stride, <i32>N, (<usize>((M + 3) & ~3)) << 2);
  let i = 0;
  let from = x;
  let to = y;
  for (; i + 4 <= M; i += 4, from += x_stride << 2, to += 16) {
    for (let n: usize = 0; n < N; n += 4) transpose_block(from + (n << 2), x_stride, to + n * y_stride, y_stride);
  }
  if (i === M) return;
  for (let n: usize = 0; n < N; n++) {
    for (let m = 0; m < 4; m++) {
      const value: f32 = i + m < M ? load<f32>(from + <usize>m * x_stride + (n << 2)) : 0;
      store<f32>(to + n * y_stride + ((<usize>m) << 2), value);
    }
  }
}

/** The transpose of the 4 × 4 block at x, to y. @inline */
function transpose_block(x: usize, x_stride: usize, y: usize, y_stride: usize): void {
  const r0 = v128.load(x);
  const r1 = v128.load(x + x_stride);
  const r2 = v128.load(x + 2 * x_stride);
  const r3 = v128.load(x + 3 * x_stride);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(y + y_stride, v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(y + 2 * y_stride, v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(y + 3 * y_stride, v128.shuffle<i64>(high01, high23, 1, 3));
}
