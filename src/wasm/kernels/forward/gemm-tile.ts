// What the tiles of the int8 GEMMs share: the baseline build's product, and the step from integer sums to f32 rows. It knows nothing
// of how weights lie.
//
// Shapes: c i32 [4], the sums of four columns of a row; scale and sum one a row; wscale and bias f32 [8]; y f32 rows of ldy bytes.

/** Two columns' products with one row's q of four k, which x holds twice: two partial sums a column. */
@inline
export function word(c: v128, x: v128, b: v128): v128 {
  return i32x4.add(c, i32x4.dot_i16x8_s(x, b));
}

/** Four columns of a row. */
@inline
export function finish(y: usize, c: v128, scale: v128, wscale: v128, bias: v128): void {
  v128.store(y, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(c), f32x4.mul(scale, wscale)), bias));
}

@inline
export function finish_4x8(
  c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128,
  scale: usize, wscale: usize, bias: usize, y: usize, ldy: usize,
): void {
  const ws0 = v128.load(wscale);
  const ws1 = v128.load(wscale, 16);
  const bias0 = v128.load(bias);
  const bias1 = v128.load(bias, 16);
  let s = v128.load32_splat(scale);
  finish(y, c00, s, ws0, bias0);
  finish(y + 16, c01, s, ws1, bias1);
  y += ldy;
  s = v128.load32_splat(scale, 4);
  finish(y, c10, s, ws0, bias0);
  finish(y + 16, c11, s, ws1, bias1);
  y += ldy;
  s = v128.load32_splat(scale, 8);
  finish(y, c20, s, ws0, bias0);
  finish(y + 16, c21, s, ws1, bias1);
  y += ldy;
  s = v128.load32_splat(scale, 12);
  finish(y, c30, s, ws0, bias0);
  finish(y + 16, c31, s, ws1, bias1);
}

@inline
export function finish_1x8(c0: v128, c1: v128, scale: usize, wscale: usize, bias: usize, y: usize): void {
  const s = v128.load32_splat(scale);
  finish(y, c0, s, v128.load(wscale), v128.load(bias));
  finish(y + 16, c1, s, v128.load(wscale, 16), v128.load(bias, 16));
}
