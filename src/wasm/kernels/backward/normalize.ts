// y = x / |x| per row with its gradient, and the two losses on pairs of such rows: together the cosine and its gradient.
//
// Shapes: x, y, dy, dx f32 [M][K], one stride in bytes, K a multiple of 16.
import { assert_padded, assert_rows } from "../forward/checks";
import { madd, sum_f32x4 } from "../forward/math";

/** Lengths below it count as it, as in the reference. */
const SHORTEST: f32 = 1e-8;

/** @inline */
function dot(a: usize, b: usize, K: usize): f32 {
  let sum = f32x4.splat(0);
  for (let k: usize = 0; k < K << 2; k += 16) sum = madd(v128.load(a + k), v128.load(b + k), sum);
  return sum_f32x4(sum);
}

export function normalize_f32(x: usize, y: usize, stride: usize, M: i32, K: usize): void {
  assert_padded(K);
  assert_rows(x, stride, M, K << 2);
  for (let i = 0; i < M; i++) {
    const at = <usize>i * stride;
    const inverse = f32x4.splat(1 / max<f32>(sqrt<f32>(dot(x + at, x + at, K)), SHORTEST));
    for (let k = at; k < at + (K << 2); k += 16) v128.store(y + k, f32x4.mul(v128.load(x + k), inverse));
  }
}

/** dx = (dy − y (y · dy)) / |x|; dx may be dy. */
export function normalize_backward_f32(x: usize, dy: usize, dx: usize, stride: usize, M: i32, K: usize): void {
  assert_padded(K);
  assert_rows(x, stride, M, K << 2);
  for (let i = 0; i < M; i++) {
    const at = <usize>i * stride;
    const inverse: f32 = 1 / max<f32>(sqrt<f32>(dot(x + at, x + at, K)), SHORTEST);
    const along = f32x4.splat(dot(x + at, dy + at, K) * inverse * inverse);
    for (let k = at; k < at + (K << 2); k += 16) {
      const d = f32x4.sub(v128.load(dy + k), f32x4.mul(v128.load(x + k), along));
      v128.store(dx + k, f32x4.mul(d, f32x4.splat(inverse)));
    }
  }
}

/** (a · b − label)² per pair of rows of length 1, label f32 [M]; its gradients, multiplied by `scale`, to da and db. Returns the sum. */
export function cosine_pairs_f32(
  a: usize,
  b: usize,
  label: usize,
  da: usize,
  db: usize,
  stride: usize,
  M: i32,
  K: usize,
  scale: f32,
): f64 {
  assert_padded(K);
  assert_rows(a, stride, M, K << 2);
  assert_rows(b, stride, M, K << 2);
  let loss: f64 = 0;
  for (let i = 0; i < M; i++) {
    const at = <usize>i * stride;
    const difference = dot(a + at, b + at, K) - load<f32>(label + ((<usize>i) << 2));
    loss += <f64>difference * <f64>difference;
    const factor = f32x4.splat(2 * difference * scale);
    for (let k = at; k < at + (K << 2); k += 16) {
      v128.store(da + k, f32x4.mul(v128.load(b + k), factor));
      v128.store(db + k, f32x4.mul(v128.load(a + k), factor));
    }
  }
  return loss;
}
