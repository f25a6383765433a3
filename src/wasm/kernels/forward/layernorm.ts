// y = (v − mean) / sqrt(variance + eps) × gamma + beta, v = x + residual; and the same with y quantised in the same pass.
//
// Shapes: x, residual, y f32 [M][H], all with one stride, in bytes; gamma, beta f32 [H]. M rows, H hidden size; columns H…K−1, K = H
// rounded up to 16, become zero.
// The variance is taken around the mean in a second pass over the row, which is in cache: E[v²] − mean² would cancel.
import { assert_bytes, assert_rows } from "./checks";
import { first_lanes, sum_f32x4 } from "./math";
import { qd8_bytes, qd8_group, qd8_scratch, quantize_group } from "./quantize";

export function layernorm_f32(
  x: usize,
  residual: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  stride: usize,
  M: i32,
  H: usize,
  eps: f32,
): void {
  assert(H > 0);
  assert_rows(x, stride, M, H << 2);
  if (residual) assert_rows(residual, stride, M, H << 2);
  assert_rows(y, stride, M, ((H + 15) & ~15) << 2);
  assert_bytes(gamma, H << 2);
  assert_bytes(beta, H << 2);
  for (let i = 0; i < M; i++) {
    const offset = <usize>i * stride;
    normalise_row(x + offset, residual ? residual + offset : 0, gamma, beta, y + offset, H, eps);
  }
}

export function layernorm_f32_qd8(
  x: usize,
  residual: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  stride: usize,
  M: i32,
  H: usize,
  eps: f32,
  q: usize,
  scale: usize,
  sum: usize,
): void {
  const K = (H + 15) & ~15;
  assert_bytes(q, qd8_bytes(M, K));
  assert_bytes(scale, ((<usize>M + 3) & ~3) << 2);
  assert_bytes(sum, ((<usize>M + 3) & ~3) << 2);
  const scratch = qd8_scratch(q, M, K);
  for (let i = 0; i < M; i += 4) {
    const rows = min(M - i, 4);
    const offset = <usize>i * stride;
    const group = <usize>(i >> 2);
    layernorm_f32(x + offset, residual ? residual + offset : 0, gamma, beta, y + offset, stride, rows, H, eps);
    quantize_group(
      y + offset,
      stride,
      q + group * qd8_group(K),
      scratch,
      scale + (group << 4),
      sum + (group << 4),
      rows,
      K,
    );
  }
}

function normalise_row(x: usize, residual: usize, gamma: usize, beta: usize, y: usize, H: usize, eps: f32): void {
  const bytes = H << 2;
  const whole = bytes & ~15;
  const padded = (bytes + 63) & ~63;
  const tail = first_lanes(<i32>(H & 3));

  // v goes to y, with zeros in the padding, and is summed.
  let total = f32x4.splat(0);
  if (residual) {
    for (let k: usize = 0; k < whole; k += 16) {
      const v = f32x4.add(v128.load(x + k), v128.load(residual + k));
      v128.store(y + k, v);
      total = f32x4.add(total, v);
    }
  } else {
    for (let k: usize = 0; k < whole; k += 16) {
      const v = v128.load(x + k);
      v128.store(y + k, v);
      total = f32x4.add(total, v);
    }
  }
  if (whole < bytes) {
    let v = v128.load(x + whole);
    if (residual) v = f32x4.add(v, v128.load(residual + whole));
    v = v128.and(v, tail);
    v128.store(y + whole, v);
    total = f32x4.add(total, v);
  }
  for (let k = (bytes + 15) & ~15; k < padded; k += 16) v128.store(y + k, f32x4.splat(0));
  const mean = f32x4.splat(sum_f32x4(total) / <f32>H);

  let squares = f32x4.splat(0);
  for (let k: usize = 0; k < whole; k += 16) {
    const d = f32x4.sub(v128.load(y + k), mean);
    squares = f32x4.add(squares, f32x4.mul(d, d));
  }
  if (whole < bytes) {
    const d = v128.and(f32x4.sub(v128.load(y + whole), mean), tail);
    squares = f32x4.add(squares, f32x4.mul(d, d));
  }
  const inverse = f32x4.splat(1 / sqrt<f32>(sum_f32x4(squares) / <f32>H + eps));

  for (let k: usize = 0; k < whole; k += 16) {
    const d = f32x4.mul(f32x4.sub(v128.load(y + k), mean), inverse);
    v128.store(y + k, f32x4.add(f32x4.mul(d, v128.load(gamma + k)), v128.load(beta + k)));
  }
  if (whole < bytes) {
    const d = f32x4.mul(f32x4.sub(v128.load(y + whole), mean), inverse);
    const normal = f32x4.add(f32x4.mul(d, v128.load(gamma + whole)), v128.load(beta + whole));
    v128.store(y + whole, v128.and(normal, tail));
  }
}
