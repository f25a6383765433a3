// The gradient of y = n × gamma + beta, n = (v − mean) / sqrt(variance + eps):
//   dv = (g − mean(g) − n × mean(g × n)) / sqrt(variance + eps), g = dy × gamma;   dgamma += Σ dy × n;   dbeta += Σ dy
//
// Shapes: v, dy, dv f32 [M][H], one stride in bytes, their padding up to a multiple of 16 zero; gamma, dgamma, dbeta f32 [H], padded alike.
// Mean and deviation are computed again: the row is read anyway.
import { assert_rows } from "../forward/checks";
import { first_lanes, madd, sum_f32x4 } from "../forward/math";

/** dv may be dy. */
export function layernorm_backward_f32(
  v: usize,
  dy: usize,
  gamma: usize,
  dv: usize,
  dgamma: usize,
  dbeta: usize,
  stride: usize,
  M: i32,
  H: usize,
  eps: f32,
): void {
  const padded = ((H + 15) & ~15) << 2;
  assert_rows(v, stride, M, padded);
  assert_rows(dy, stride, M, padded);
  assert_rows(dv, stride, M, padded);
  const tail = first_lanes(<i32>(H & 3));
  for (let i = 0; i < M; i++) {
    const offset = <usize>i * stride;
    backward_row(v + offset, dy + offset, gamma, dv + offset, dgamma, dbeta, H, padded, eps, tail);
  }
}

function backward_row(
  v: usize,
  dy: usize,
  gamma: usize,
  dv: usize,
  dgamma: usize,
  dbeta: usize,
  H: usize,
  padded: usize,
  eps: f32,
  tail: v128,
): void {
  const bytes = H << 2;
  const whole = bytes & ~15;
  let total = f32x4.splat(0);
  for (let k: usize = 0; k < padded; k += 16) total = f32x4.add(total, v128.load(v + k));
  const mean = f32x4.splat(sum_f32x4(total) / <f32>H);
  let squares = f32x4.splat(0);
  for (let k: usize = 0; k < bytes; k += 16) {
    let d = f32x4.sub(v128.load(v + k), mean);
    if (k === whole) d = v128.and(d, tail);
    squares = madd(d, d, squares);
  }
  const inverse = f32x4.splat(1 / sqrt<f32>(sum_f32x4(squares) / <f32>H + eps));

  let sum = f32x4.splat(0);
  let sum_n = f32x4.splat(0);
  for (let k: usize = 0; k < bytes; k += 16) {
    const d = v128.load(dy + k);
    const n = f32x4.mul(f32x4.sub(v128.load(v + k), mean), inverse);
    const dn = f32x4.mul(d, n);
    v128.store(dgamma + k, f32x4.add(v128.load(dgamma + k), dn));
    v128.store(dbeta + k, f32x4.add(v128.load(dbeta + k), d));
    const g = v128.load(gamma + k);
    sum = madd(d, g, sum);
    sum_n = madd(dn, g, sum_n);
  }
  const mean_g = f32x4.splat(sum_f32x4(sum) / <f32>H);
  const mean_gn = f32x4.splat(sum_f32x4(sum_n) / <f32>H);
  for (let k: usize = 0; k < bytes; k += 16) {
    const g = f32x4.mul(v128.load(dy + k), v128.load(gamma + k));
    const n = f32x4.mul(f32x4.sub(v128.load(v + k), mean), inverse);
    let d = f32x4.mul(f32x4.sub(f32x4.sub(g, mean_g), f32x4.mul(n, mean_gn)), inverse);
    if (k === whole) d = v128.and(d, tail);
    v128.store(dv + k, d);
  }
  for (let k = (bytes + 15) & ~15; k < padded; k += 16) v128.store(dv + k, f32x4.splat(0));
}
