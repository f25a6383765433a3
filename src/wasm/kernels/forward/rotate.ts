// Rows in blocks of sixteen, each times an orthogonal matrix that is its own inverse: outliers are spread over their block, so that
// int8 steps, which the greatest value sets, fit all of them (Ashkboos et al. 2024, QuaRot). Quantised weights lie rotated
// (src/quantize/hadamard.ts); products of the two are what they were.
//
// A block as X [4][4] becomes H·Xᵀ·H / 4, H the Hadamard matrix of order 4. Only sums and differences: both builds give the same
// numbers. Shapes: x, y f32 [M][ld], K columns, a multiple of 16.
import { max_f32x4 } from "./math";

/** In place. */
export function rotate_f32(x: usize, ld: usize, M: i32, K: usize): void {
  const quarter = f32x4.splat(0.25);
  for (let i = 0; i < M; i++, x += ld << 2) {
    rotate_row(x, x, K);
    for (let k: usize = 0; k < K << 2; k += 16) v128.store(x + k, f32x4.mul(v128.load(x + k), quarter));
  }
}

/** One row times 4, from x to y, which may be x. Returns its greatest magnitude. */
export function rotate_row(x: usize, y: usize, K: usize): f32 {
  let largest = f32x4.splat(0);
  for (const end = x + (K << 2); x < end; x += 64, y += 64) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    const a = f32x4.add(x0, x1);
    const b = f32x4.sub(x0, x1);
    const c = f32x4.add(x2, x3);
    const d = f32x4.sub(x2, x3);
    const r0 = f32x4.add(a, c);
    const r1 = f32x4.add(b, d);
    const r2 = f32x4.sub(a, c);
    const r3 = f32x4.sub(b, d);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    const t0 = v128.shuffle<i64>(low01, low23, 0, 2);
    const t1 = v128.shuffle<i64>(low01, low23, 1, 3);
    const t2 = v128.shuffle<i64>(high01, high23, 0, 2);
    const t3 = v128.shuffle<i64>(high01, high23, 1, 3);
    const e = f32x4.add(t0, t1);
    const f = f32x4.sub(t0, t1);
    const g = f32x4.add(t2, t3);
    const h = f32x4.sub(t2, t3);
    const y0 = f32x4.add(e, g);
    const y1 = f32x4.add(f, h);
    const y2 = f32x4.sub(e, g);
    const y3 = f32x4.sub(f, h);
    v128.store(y, y0);
    v128.store(y, y1, 16);
    v128.store(y, y2, 32);
    v128.store(y, y3, 48);
    const greater01 = f32x4.pmax(f32x4.abs(y0), f32x4.abs(y1));
    const greater23 = f32x4.pmax(f32x4.abs(y2), f32x4.abs(y3));
    largest = f32x4.pmax(largest, f32x4.pmax(greater01, greater23));
  }
  return max_f32x4(largest);
}
