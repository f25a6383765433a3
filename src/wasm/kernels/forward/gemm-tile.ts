// What the tiles of both int8 GEMMs share: the product of the baseline build, and the epilogue that turns integer sums into f32 rows.
// It does not depend on how the weights are laid out.
//
// Shapes: c i32 [4], the sums of four columns of one row; scale f32, one per row; wscale and bias f32 [8]; y f32 [rows][8].

/** c + the products of four k of one row (x holds them twice, as i16) with two columns of w: two partial sums per column. @inline */
export function dot_i16(c: v128, x: v128, w: v128): v128 {
  return i32x4.add(c, i32x4.dot_i16x8_s(x, w));
}

/** y [4] = c × scale × wscale + bias. @inline */
export function store_scaled(y: usize, c: v128, scale: v128, wscale: v128, bias: v128): void {
  v128.store(y, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(c), f32x4.mul(scale, wscale)), bias));
}

/** @inline */
export function store_scaled_4x8(
  c00: v128,
  c01: v128,
  c10: v128,
  c11: v128,
  c20: v128,
  c21: v128,
  c30: v128,
  c31: v128,
  scale: usize,
  wscale: usize,
  bias: usize,
  y: usize,
  y_stride: usize,
): void {
  const wscale0 = v128.load(wscale);
  const wscale1 = v128.load(wscale, 16);
  const bias0 = v128.load(bias);
  const bias1 = v128.load(bias, 16);
  const y1 = y + y_stride;
  const y2 = y1 + y_stride;
  const y3 = y2 + y_stride;
  const scale0 = v128.load32_splat(scale);
  store_scaled(y, c00, scale0, wscale0, bias0);
  store_scaled(y + 16, c01, scale0, wscale1, bias1);
  const scale1 = v128.load32_splat(scale, 4);
  store_scaled(y1, c10, scale1, wscale0, bias0);
  store_scaled(y1 + 16, c11, scale1, wscale1, bias1);
  const scale2 = v128.load32_splat(scale, 8);
  store_scaled(y2, c20, scale2, wscale0, bias0);
  store_scaled(y2 + 16, c21, scale2, wscale1, bias1);
  const scale3 = v128.load32_splat(scale, 12);
  store_scaled(y3, c30, scale3, wscale0, bias0);
  store_scaled(y3 + 16, c31, scale3, wscale1, bias1);
}

/** @inline */
export function store_scaled_1x8(c0: v128, c1: v128, scale: usize, wscale: usize, bias: usize, y: usize): void {
  const s = v128.load32_splat(scale);
  store_scaled(y, c0, s, v128.load(wscale), v128.load(bias));
  store_scaled(y + 16, c1, s, v128.load(wscale, 16), v128.load(bias, 16));
}
