// Rows of an embedding table that lies as a GEMM's weights do (src/quantize/layout.ts), an entry a column.
//
// Shapes: index i32 [M], y f32 [M][ldy], an entry K values.
import { held } from "./math";

/** qc8w: entry n is four bytes in every 32 of its panel. */
export function embed_qc8w(
  w: usize, wscale: usize, index: usize, y: usize, ldy: usize, M: i32, K: usize, accumulate: i32,
): void {
  for (let i = 0; i < M; i++, y += ldy << 2) {
    const n = <usize>load<i32>(index + (<usize>i << 2));
    const scale = v128.load32_splat(wscale + (n << 2));
    let column = w + (n >> 3) * (K << 3) + ((n & 7) << 2);
    for (let k: usize = 0; k < K << 2; k += 16, column += 32) {
      const u = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(column)));
      const v = f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(u, i32x4.splat(64))), scale);
      v128.store(y + k, accumulate ? f32x4.add(v128.load(y + k), v) : v);
    }
  }
}

/** qb4w: entry n is half of four bytes in every 16 of its panel, low or high; a multiplier serves eight such steps. */
export function embed_qb4w(
  w: usize, multiplier: usize, wscale: usize, index: usize, y: usize, ldy: usize, M: i32, K: usize, accumulate: i32,
): void {
  const low = held(i32x4.splat(15), v128.load(wscale));
  for (let i = 0; i < M; i++, y += ldy << 2) {
    const n = <usize>load<i32>(index + (<usize>i << 2));
    const scale = v128.load32_splat(wscale + (n << 2));
    const shift = <i32>(n & 4);
    let column = w + (n >> 3) * (K << 2) + ((n & 3) << 2);
    let m = multiplier + (n >> 3) * ((K + 31) >> 5 << 3) + (n & 7);
    for (let k: usize = 0; k < K; m += 8) {
      const times = i32x4.splat(load<i8>(m));
      for (const end = min(k + 32, K); k < end; k += 4, column += 16) {
        const bytes = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(column)));
        const whole = i32x4.mul(i32x4.sub(v128.and(i32x4.shr_u(bytes, shift), low), i32x4.splat(8)), times);
        const v = f32x4.mul(f32x4.convert_i32x4_s(whole), scale);
        const to = y + (k << 2);
        v128.store(to, accumulate ? f32x4.add(v128.load(to), v) : v);
      }
    }
  }
}

/** f32: entry n is one value in every eight of its panel. */
export function embed_f32(w: usize, index: usize, y: usize, ldy: usize, M: i32, K: usize, accumulate: i32): void {
  for (let i = 0; i < M; i++, y += ldy << 2) {
    const n = <usize>load<i32>(index + (<usize>i << 2));
    let column = w + (n >> 3) * (K << 5) + ((n & 7) << 2);
    for (let k: usize = 0; k < K << 2; k += 4, column += 32) {
      const v = load<f32>(column);
      store<f32>(y + k, accumulate ? load<f32>(y + k) + v : v);
    }
  }
}
