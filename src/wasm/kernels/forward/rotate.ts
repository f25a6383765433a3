// The block Hadamard transform of activations: rows in blocks of sixteen columns, each multiplied by an orthogonal matrix that is its own
// inverse. It spreads outliers over their block, so that the int8 step, which the largest value sets, suits the rest (Ashkboos et al.
// 2024, QuaRot). Quantised weights are stored transformed (src/quantize/hadamard.ts), so the products do not change.
//
// A block X [4][4] becomes H·Xᵀ·H / 4, H the Hadamard matrix of order 4. It takes sums and differences only, so both builds give the same
// numbers. Shapes: x, y f32 [M][K], K a multiple of 16. Strides in bytes.
import { assert_padded, assert_rows } from "./checks";
import { max_f32x4 } from "./math";

/** In place. */
export function rotate_f32(x: usize, x_stride: usize, M: i32, K: usize): void {
  assert_padded(K);
  assert_rows(x, x_stride, M, K << 2);
  const quarter = f32x4.splat(0.25);
  let row = x;
  for (let i = 0; i < M; i++, row += x_stride) {
    rotate_row(row, row, K);
    for (let k: usize = 0; k < K << 2; k += 16) v128.store(row + k, f32x4.mul(v128.load(row + k), quarter));
  }
}

/** Writes 4 × the transform of row x to y, which may be x. Returns its largest magnitude. */
export function rotate_row(x: usize, y: usize, K: usize): f32 {
  let largest = f32x4.splat(0);
  for (let k: usize = 0; k < K << 2; k += 64) {
    const from = x + k;
    const to = y + k;
    const x0 = v128.load(from);
    const x1 = v128.load(from, 16);
    const x2 = v128.load(from, 32);
    const x3 = v128.load(from, 48);
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
    v128.store(to, y0);
    v128.store(to, y1, 16);
    v128.store(to, y2, 32);
    v128.store(to, y3, 48);
    const larger01 = f32x4.pmax(f32x4.abs(y0), f32x4.abs(y1));
    const larger23 = f32x4.pmax(f32x4.abs(y2), f32x4.abs(y3));
    largest = f32x4.pmax(largest, f32x4.pmax(larger01, larger23));
  }
  return max_f32x4(largest);
}
