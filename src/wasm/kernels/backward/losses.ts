// Losses with their gradients in one pass. Each returns the sum of its terms; gradients are multiplied by `scale`, one over the number of
// terms for a mean.
//
// Shapes: x, dx f32 [M][C], one stride in bytes; C classes. Columns from C to the next multiple of 16 of dx become zero. dx may be x.
import { assert_rows } from "../forward/checks";
import { exp_f32x4 } from "../forward/math";
import { store_exp_minus_max } from "../forward/softmax";

/** −log softmax(x)[label] per row, label i32 [M]. A row with a negative label takes no part: its gradient is zero. */
export function softmax_cross_entropy_f32(
  x: usize,
  label: usize,
  dx: usize,
  stride: usize,
  M: i32,
  C: i32,
  scale: f32,
): f64 {
  const padded = (<usize>(C + 15) & ~15) << 2;
  assert_rows(x, stride, M, padded);
  assert_rows(dx, stride, M, padded);
  let loss: f64 = 0;
  for (let i = 0; i < M; i++) {
    const to = dx + <usize>i * stride;
    const wanted = load<i32>(label + ((<usize>i) << 2));
    if (wanted < 0) {
      memory.fill(to, 0, padded);
      continue;
    }
    memory.copy(to, x + <usize>i * stride, padded);
    const largest = largest_of(to, C);
    const at = to + ((<usize>wanted) << 2);
    const distance = largest - load<f32>(at);
    const inverse = store_exp_minus_max(to, to + padded, C, f32x4.splat(<f32>Math.LOG2E));
    loss += <f64>distance - log_f64(f32x4.extract_lane(inverse, 0));
    const factor = f32x4.mul(inverse, f32x4.splat(scale));
    for (let c: usize = 0; c < padded; c += 16) v128.store(to + c, f32x4.mul(v128.load(to + c), factor));
    store<f32>(at, load<f32>(at) - scale);
  }
  return loss;
}

function largest_of(x: usize, C: i32): f32 {
  let largest = load<f32>(x);
  for (let c = 1; c < C; c++) largest = max(largest, load<f32>(x + ((<usize>c) << 2)));
  return largest;
}

/** −t log σ(x) − (1 − t) log(1 − σ(x)) for each element, target f32 [M][C] with the stride of x. */
export function binary_cross_entropy_f32(
  x: usize,
  target: usize,
  dx: usize,
  stride: usize,
  M: i32,
  C: i32,
  scale: f32,
): f64 {
  assert_rows(x, stride, M, (<usize>C) << 2);
  let loss: f64 = 0;
  for (let i = 0; i < M; i++) {
    for (let c = 0; c < C; c++) {
      const at = <usize>i * stride + ((<usize>c) << 2);
      const value = load<f32>(x + at);
      const t = load<f32>(target + at);
      // e^−|x| never overflows.
      const e = f32x4.extract_lane(exp_f32x4(f32x4.splat(-abs(value))), 0);
      loss += <f64>(max<f32>(value, 0) - value * t) + log_f64(1 + <f64>e);
      const sigmoid = (value < 0 ? e : 1) / (1 + e);
      store<f32>(dx + at, (sigmoid - t) * scale);
    }
    clear(dx + <usize>i * stride, C);
  }
  return loss;
}

/** (x − target)² for each element, target f32 [M][C] with the stride of x. */
export function squared_error_f32(x: usize, target: usize, dx: usize, stride: usize, M: i32, C: i32, scale: f32): f64 {
  assert_rows(x, stride, M, (<usize>C) << 2);
  let loss: f64 = 0;
  for (let i = 0; i < M; i++) {
    for (let c = 0; c < C; c++) {
      const at = <usize>i * stride + ((<usize>c) << 2);
      const difference = load<f32>(x + at) - load<f32>(target + at);
      loss += <f64>difference * <f64>difference;
      store<f32>(dx + at, 2 * difference * scale);
    }
    clear(dx + <usize>i * stride, C);
  }
  return loss;
}

/**
 * ln x of a normal x, to 1e-10: x = 2ⁿ m, and ln m = 2 artanh((m − 1) / (m + 1)) as a series. Math.log has a table, and a table would lie in
 * the memory that belongs to the session.
 */
function log_f64(x: f64): f64 {
  const bits = reinterpret<u64>(x) + (0x3ff0000000000000 - 0x3fe6a09e00000000);
  const n = <i64>(bits >> 52) - 1023;
  const m = reinterpret<f64>((bits & 0x000fffffffffffff) + 0x3fe6a09e00000000);
  const s = (m - 1) / (m + 1);
  const r = s * s;
  const series = s * (1 + r * (1 / 3.0 + r * (1 / 5.0 + r * (1 / 7.0 + r * (1 / 9.0 + r * (1 / 11.0))))));
  return <f64>n * Math.LN2 + 2 * series;
}

/** Zeros from column C up to the next multiple of 16. */
function clear(row: usize, C: i32): void {
  const from = (<usize>C) << 2;
  memory.fill(row + from, 0, ((from + 63) & ~63) - from);
}
