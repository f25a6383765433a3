// Rows of an embedding table, which is laid out like the weights of a GEMM (src/quantize/layout.ts) with one entry per column.
//
// Shapes: index i32 [M], y f32 [M][K], K values per entry. Strides in bytes. `accumulate`: add to y instead of overwriting it.
import { assert_bytes, assert_padded, assert_rows } from "./checks";
import { realize } from "./math";

/** @inline */
function assert_call(index: usize, y: usize, y_stride: usize, M: i32, K: usize): void {
  assert_padded(K);
  assert_bytes(index, (<usize>M) << 2);
  assert_rows(y, y_stride, M, K << 2);
}

/** qc7w: entry n is four bytes of every 32 of its panel. */
export function embed_qc7w(
  w: usize,
  wscale: usize,
  index: usize,
  y: usize,
  y_stride: usize,
  M: i32,
  K: usize,
  accumulate: i32,
): void {
  assert_call(index, y, y_stride, M, K);
  let row = y;
  for (let i = 0; i < M; i++, row += y_stride) {
    const n = <usize>load<i32>(index + ((<usize>i) << 2));
    const scale = v128.load32_splat(wscale + (n << 2));
    let column = w + (n >> 3) * (K << 3) + ((n & 7) << 2);
    for (let k: usize = 0; k < K << 2; k += 16, column += 32) {
      const u = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(column)));
      const v = f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(u, i32x4.splat(64))), scale);
      v128.store(row + k, accumulate ? f32x4.add(v128.load(row + k), v) : v);
    }
  }
}

/** qm4w: entry n is the low or the high half of four bytes of every 16 of its panel; a multiplier applies to eight such steps. */
export function embed_qm4w(
  w: usize,
  multiplier: usize,
  wscale: usize,
  index: usize,
  y: usize,
  y_stride: usize,
  M: i32,
  K: usize,
  accumulate: i32,
): void {
  assert_call(index, y, y_stride, M, K);
  const low = realize(i32x4.splat(15), v128.load(wscale));
  let row = y;
  for (let i = 0; i < M; i++, row += y_stride) {
    const n = <usize>load<i32>(index + ((<usize>i) << 2));
    const scale = v128.load32_splat(wscale + (n << 2));
    const shift = <i32>(n & 4);
    let column = w + (n >> 3) * (K << 2) + ((n & 3) << 2);
    let m = multiplier + (n >> 3) * (((K + 31) >> 5) << 3) + (n & 7);
    for (let k: usize = 0; k < K; m += 8) {
      const times = i32x4.splat(load<i8>(m));
      for (const end = min(k + 32, K); k < end; k += 4, column += 16) {
        const bytes = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(column)));
        const whole = i32x4.mul(i32x4.sub(v128.and(i32x4.shr_u(bytes, shift), low), i32x4.splat(8)), times);
        const v = f32x4.mul(f32x4.convert_i32x4_s(whole), scale);
        const to = row + (k << 2);
        v128.store(to, accumulate ? f32x4.add(v128.load(to), v) : v);
      }
    }
  }
}

/** f32: entry n is one value of every eight of its panel. */
export function embed_f32(w: usize, index: usize, y: usize, y_stride: usize, M: i32, K: usize, accumulate: i32): void {
  assert_call(index, y, y_stride, M, K);
  let row = y;
  for (let i = 0; i < M; i++, row += y_stride) {
    const n = <usize>load<i32>(index + ((<usize>i) << 2));
    let column = w + (n >> 3) * (K << 5) + ((n & 7) << 2);
    for (let k: usize = 0; k < K << 2; k += 4, column += 32) {
      const v = load<f32>(column);
      store<f32>(row + k, accumulate ? load<f32>(row + k) + v : v);
    }
  }
}
