// y = activation(x) with x kept, and dx = dy × activation'(x). The numbers are those of Activation in src/wasm/kernels/abi.ts.
//
// Shapes: x, y, dy [M][N], one stride in bytes, a multiple of 64. Columns from N on become zero, whatever the activation makes of zero.
import { activate_rows } from "../forward/activation";
import { assert_rows } from "../forward/checks";
import { exp_f32x4, first_lanes, madd, sigmoid_f32x4, tanh_f32x4 } from "../forward/math";

const NONE = 0;
const GELU = 1;
const GELU_NEW = 2;
const RELU = 3;
const SILU = 4;
const TANH = 5;
const GELU_10 = 6;
const LAPLACE = 7;
const LEAKY_RELU = 8;
const MISH = 9;
const QUICK_GELU = 10;
const RELU2 = 11;
const RELU6 = 12;

const INVERSE_SQRT_2PI: f32 = 0.3989422804;
// biome-ignore lint/suspicious/noApproximativeNumericConstant: μ of the reference, which rounds √½ to six digits.
const LAPLACE_MU: f32 = 0.707107;
const LAPLACE_SIGMA: f32 = 0.282095;

export function activate_f32(x: usize, y: usize, stride: usize, M: i32, N: usize, activation: i32): void {
  const K = (N + 15) & ~15;
  assert_rows(x, stride, M, K << 2);
  assert_rows(y, stride, M, K << 2);
  for (let i = 0; i < M; i++) {
    const row = y + <usize>i * stride;
    memory.copy(row, x + <usize>i * stride, K << 2);
    activate_rows(row, stride, 1, K, activation, false);
    clear_padding(row, N, K);
  }
}

/** dx may be dy. */
export function activation_backward_f32(
  x: usize,
  dy: usize,
  dx: usize,
  stride: usize,
  M: i32,
  N: usize,
  activation: i32,
): void {
  const K = (N + 15) & ~15;
  assert_rows(x, stride, M, K << 2);
  assert_rows(dy, stride, M, K << 2);
  assert_rows(dx, stride, M, K << 2);
  for (let i = 0; i < M; i++) {
    const offset = <usize>i * stride;
    const from = x + offset;
    const to = dx + offset;
    if (activation === GELU) gelu_row(from, dy + offset, to, K);
    else if (activation === NONE) memory.copy(to, dy + offset, K << 2);
    else slope_row(from, dy + offset, to, K, activation);
    clear_padding(to, N, K);
  }
}

function clear_padding(row: usize, N: usize, K: usize): void {
  if (N & 3) {
    const at = row + ((N & ~3) << 2);
    v128.store(at, v128.and(v128.load(at), first_lanes(<i32>(N & 3))));
  }
  for (let n = (N + 3) & ~3; n < K; n += 4) v128.store(row + (n << 2), f32x4.splat(0));
}

/** gelu has a loop of its own: it is what most models have. */
function gelu_row(x: usize, dy: usize, dx: usize, K: usize): void {
  for (let k: usize = 0; k < K << 2; k += 16) {
    v128.store(dx + k, f32x4.mul(v128.load(dy + k), gelu_slope(v128.load(x + k))));
  }
}

function slope_row(x: usize, dy: usize, dx: usize, K: usize, activation: i32): void {
  for (let k: usize = 0; k < K << 2; k += 16) {
    v128.store(dx + k, f32x4.mul(v128.load(dy + k), slope(v128.load(x + k), activation)));
  }
}

function slope(x: v128, activation: i32): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (activation === GELU_NEW) return gelu_new_slope(x);
  if (activation === RELU) return v128.and(one, f32x4.gt(x, zero));
  if (activation === SILU) return swish_slope(x, 1);
  if (activation === TANH) {
    const t = tanh_f32x4(x);
    return f32x4.sub(one, f32x4.mul(t, t));
  }
  // gelu(x) is 10 at x = 10 in f32.
  if (activation === GELU_10) return v128.and(gelu_slope(x), f32x4.lt(x, f32x4.splat(10)));
  if (activation === LAPLACE) return laplace_slope(x);
  if (activation === LEAKY_RELU) return v128.bitselect(one, f32x4.splat(0.01), f32x4.gt(x, zero));
  if (activation === MISH) return mish_slope(x);
  if (activation === QUICK_GELU) return swish_slope(x, 1.702);
  if (activation === RELU2) return f32x4.add(f32x4.pmax(x, zero), f32x4.pmax(x, zero));
  if (activation === RELU6) return v128.and(v128.and(one, f32x4.gt(x, zero)), f32x4.lt(x, f32x4.splat(6)));
  const s = sigmoid_f32x4(x);
  return f32x4.mul(s, f32x4.sub(one, s));
}

/**
 * Φ(x) + x φ(x). Φ(−a) = φ(a) × t × p(t), t = 1 / (1 + 0.2316419 a), to 7.5e-8 (Abramowitz and Stegun 26.2.17): the exponential is
 * needed for φ anyway. @inline
 */
function gelu_slope(x: v128): v128 {
  const one = f32x4.splat(1);
  const a = f32x4.abs(x);
  const density = f32x4.mul(exp_f32x4(f32x4.mul(f32x4.mul(a, a), f32x4.splat(-0.5))), f32x4.splat(INVERSE_SQRT_2PI));
  const t = f32x4.div(one, madd(a, f32x4.splat(0.2316419), one));
  let p = madd(f32x4.splat(1.330274429), t, f32x4.splat(-1.821255978));
  p = madd(p, t, f32x4.splat(1.781477937));
  p = madd(p, t, f32x4.splat(-0.356563782));
  p = madd(p, t, f32x4.splat(0.31938153));
  const tail = f32x4.mul(density, f32x4.mul(p, t));
  const cdf = v128.bitselect(f32x4.sub(one, tail), tail, f32x4.gt(x, f32x4.splat(0)));
  return madd(x, density, cdf);
}

/** With s = sigmoid(2u): s + x s (1 − s) × 2u', u = √(2/π) (x + 0.044715 x³). @inline */
function gelu_new_slope(x: v128): v128 {
  const square = f32x4.mul(x, x);
  const cubic = madd(square, f32x4.splat(0.07135481627), f32x4.splat(1.59576912161));
  const s = sigmoid_f32x4(f32x4.mul(x, cubic));
  const inner = madd(square, f32x4.splat(0.2140644488), f32x4.splat(1.59576912161));
  const rest = f32x4.mul(f32x4.mul(x, inner), f32x4.mul(s, f32x4.sub(f32x4.splat(1), s)));
  return f32x4.add(s, rest);
}

/** x sigmoid(βx): s + βx s (1 − s). @inline */
function swish_slope(x: v128, beta: f32): v128 {
  const scaled = f32x4.mul(x, f32x4.splat(beta));
  const s = sigmoid_f32x4(scaled);
  return madd(f32x4.mul(scaled, s), f32x4.sub(f32x4.splat(1), s), s);
}

/** φ((x − μ) / σ) / σ. @inline */
function laplace_slope(x: v128): v128 {
  const z = f32x4.mul(f32x4.sub(x, f32x4.splat(LAPLACE_MU)), f32x4.splat(1 / LAPLACE_SIGMA));
  const density = exp_f32x4(f32x4.mul(f32x4.mul(z, z), f32x4.splat(-0.5)));
  return f32x4.mul(density, f32x4.splat(INVERSE_SQRT_2PI / LAPLACE_SIGMA));
}

/** w = tanh(ln(1 + e^x)) = n / (n + 2), n = e^x (e^x + 2): w + x (1 − w²) sigmoid(x). @inline */
function mish_slope(x: v128): v128 {
  const one = f32x4.splat(1);
  const two = f32x4.splat(2);
  const e = exp_f32x4(f32x4.pmin(x, f32x4.splat(20)));
  const n = f32x4.mul(e, f32x4.add(e, two));
  const w = f32x4.div(n, f32x4.add(n, two));
  const rest = f32x4.mul(f32x4.sub(one, f32x4.mul(w, w)), sigmoid_f32x4(x));
  return madd(x, rest, w);
}
