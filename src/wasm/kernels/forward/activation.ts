// Activations in place, on the rows that a GEMM has just written. The rows are still in the L2 cache, and in a loop of its own the
// constants of a polynomial are loaded once for many values; in a tile they would be loaded for each.
//
// Shapes: y f32 [rows][N], strides in bytes. The numbers are those of Activation in src/wasm/kernels/abi.ts, and so are the formulas.
import {
  PHI_0,
  PHI_1,
  PHI_2,
  PHI_3,
  PHI_4,
  PHI_5,
  PHI_6,
  PHI_7,
  PHI_8,
  PHI_9,
  PHI_10,
  PHI_11,
  PHI_12,
  PHI_13,
  PHI_14,
  PHI_15,
  PHI_16,
  PHI_COARSE_0,
  PHI_COARSE_1,
  PHI_COARSE_2,
  PHI_COARSE_3,
  PHI_COARSE_4,
  PHI_COARSE_5,
  PHI_COARSE_6,
  PHI_COARSE_7,
  PHI_COARSE_8,
  PHI_COARSE_9,
} from "./coefficients";
import { exp_f32x4, madd, realize, sigmoid_f32x4, tanh_f32x4 } from "./math";

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
const SIGMOID = 13;

// biome-ignore lint/suspicious/noApproximativeNumericConstant: μ of the reference, which rounds √½ to six digits.
const LAPLACE_MU: f32 = 0.707107;
const LAPLACE_SIGMA: f32 = 0.282095;

/** Applies an activation. `coarse`: gelu to 4e-5 is enough, because the rows are rounded to int8 next. */
export function activate_rows(y: usize, y_stride: usize, rows: i32, N: usize, activation: i32, coarse: bool): void {
  if (activation === 0) return;
  let row = y;
  for (let i = 0; i < rows; i++, row += y_stride) activate_row(row, N, activation, coarse);
}

function activate_row(y: usize, N: usize, activation: i32, coarse: bool): void {
  if (activation === GELU || activation === GELU_10) {
    if (coarse) gelu_coarse(y, N);
    else gelu(y, N);
    if (activation === GELU_10) map_row(y, N, GELU_10);
  } else if (activation === GELU_NEW) map_row(y, N, GELU_NEW);
  else if (activation === RELU) map_row(y, N, RELU);
  else if (activation === SILU) map_row(y, N, SILU);
  else if (activation === TANH) map_row(y, N, TANH);
  else if (activation === LAPLACE) laplace(y, N);
  else if (activation === LEAKY_RELU) map_row(y, N, LEAKY_RELU);
  else if (activation === MISH) map_row(y, N, MISH);
  else if (activation === QUICK_GELU) map_row(y, N, QUICK_GELU);
  else if (activation === RELU2) map_row(y, N, RELU2);
  else if (activation === RELU6) map_row(y, N, RELU6);
  else if (activation === SIGMOID) map_row(y, N, SIGMOID);
  else assert(false);
}

/** `activation` is a constant: each call becomes the loop of that activation alone. @inline */
function map_row(y: usize, N: usize, activation: i32): void {
  for (let at = y, end = y + (N << 2); at < end; at += 16) v128.store(at, activate(v128.load(at), activation));
}

/** @inline */
function activate(x: v128, activation: i32): v128 {
  if (activation === GELU_NEW) return gelu_new(x);
  if (activation === RELU) return f32x4.pmax(x, f32x4.splat(0));
  if (activation === SILU) return f32x4.mul(x, sigmoid_f32x4(x));
  // After gelu, whose least value is −0.17.
  if (activation === GELU_10) return f32x4.pmin(x, f32x4.splat(10));
  if (activation === LEAKY_RELU) return f32x4.pmax(x, f32x4.mul(x, f32x4.splat(0.01)));
  if (activation === MISH) return mish(x);
  if (activation === QUICK_GELU) return f32x4.mul(x, sigmoid_f32x4(f32x4.mul(x, f32x4.splat(1.702))));
  if (activation === RELU2) return relu2(x);
  if (activation === RELU6) return f32x4.pmin(f32x4.pmax(x, f32x4.splat(0)), f32x4.splat(6));
  if (activation === SIGMOID) return sigmoid_f32x4(x);
  return tanh_f32x4(x);
}

/** 0.5 x (1 + tanh(u)) = x sigmoid(2u), u = √(2/π) (x + 0.044715 x³). @inline */
function gelu_new(x: v128): v128 {
  const cubic = madd(f32x4.mul(x, x), f32x4.splat(0.07135481627), f32x4.splat(1.59576912161));
  return f32x4.mul(x, sigmoid_f32x4(f32x4.mul(x, cubic)));
}

/** x tanh(ln(1 + e^x)) = x n / (n + 2), n = e^x (e^x + 2). From 20 on the fraction is 1 in f32. @inline */
function mish(x: v128): v128 {
  const two = f32x4.splat(2);
  const e = exp_f32x4(f32x4.pmin(x, f32x4.splat(20)));
  const n = f32x4.mul(e, f32x4.add(e, two));
  return f32x4.mul(x, f32x4.div(n, f32x4.add(n, two)));
}

/** @inline */
function relu2(x: v128): v128 {
  const positive = f32x4.pmax(x, f32x4.splat(0));
  return f32x4.mul(positive, positive);
}

function gelu(y: usize, N: usize): void {
  map_normal(y, N, false);
}

function laplace(y: usize, N: usize): void {
  map_normal(y, N, true);
}

/**
 * gelu(x) = x Φ(x) = max(x, 0) − |x| Φ(−|x|), or laplace(x) = Φ((x − μ) / σ). Φ(−a) is a polynomial in s = 2a/5.5 − 1 on 0…5.5; beyond
 * it a Φ(−a) is below 2e-7. Two vectors at a time: they do not wait for each other, and V8 can pack them into 256 bits. With rounding, the error is below 4e-7 × |x| for gelu and below 4e-7 for laplace. `is_laplace` is a constant.
 * @inline
 */
function map_normal(y: usize, N: usize, is_laplace: bool): void {
  const any = v128.load(y);
  const most = realize(f32x4.splat(5.5), any);
  const slope = realize(f32x4.splat(2 / 5.5), any);
  const one = realize(f32x4.splat(1), any);
  const c16 = realize(f32x4.splat(PHI_16), any);
  const c15 = realize(f32x4.splat(PHI_15), any);
  const c14 = realize(f32x4.splat(PHI_14), any);
  const c13 = realize(f32x4.splat(PHI_13), any);
  const c12 = realize(f32x4.splat(PHI_12), any);
  const c11 = realize(f32x4.splat(PHI_11), any);
  const c10 = realize(f32x4.splat(PHI_10), any);
  const c9 = realize(f32x4.splat(PHI_9), any);
  const c8 = realize(f32x4.splat(PHI_8), any);
  const c7 = realize(f32x4.splat(PHI_7), any);
  const c6 = realize(f32x4.splat(PHI_6), any);
  const c5 = realize(f32x4.splat(PHI_5), any);
  const c4 = realize(f32x4.splat(PHI_4), any);
  const c3 = realize(f32x4.splat(PHI_3), any);
  const c2 = realize(f32x4.splat(PHI_2), any);
  const c1 = realize(f32x4.splat(PHI_1), any);
  const c0 = realize(f32x4.splat(PHI_0), any);
  for (let at = y, end = y + (N << 2); at < end; at += 32) {
    const x0 = is_laplace ? standardise(v128.load(at)) : v128.load(at);
    const x1 = is_laplace ? standardise(v128.load(at, 16)) : v128.load(at, 16);
    const a0 = f32x4.pmin(f32x4.abs(x0), most);
    const a1 = f32x4.pmin(f32x4.abs(x1), most);
    const s0 = f32x4.sub(f32x4.mul(a0, slope), one);
    const s1 = f32x4.sub(f32x4.mul(a1, slope), one);
    const r0 = f32x4.mul(s0, s0);
    const r1 = f32x4.mul(s1, s1);
    // Even and odd powers apart: two chains, each half as long.
    let even0 = madd(c16, r0, c14);
    even0 = madd(even0, r0, c12);
    even0 = madd(even0, r0, c10);
    even0 = madd(even0, r0, c8);
    even0 = madd(even0, r0, c6);
    even0 = madd(even0, r0, c4);
    even0 = madd(even0, r0, c2);
    even0 = madd(even0, r0, c0);
    let odd0 = madd(c15, r0, c13);
    odd0 = madd(odd0, r0, c11);
    odd0 = madd(odd0, r0, c9);
    odd0 = madd(odd0, r0, c7);
    odd0 = madd(odd0, r0, c5);
    odd0 = madd(odd0, r0, c3);
    odd0 = madd(odd0, r0, c1);
    const tail0 = madd(odd0, s0, even0);
    let even1 = madd(c16, r1, c14);
    even1 = madd(even1, r1, c12);
    even1 = madd(even1, r1, c10);
    even1 = madd(even1, r1, c8);
    even1 = madd(even1, r1, c6);
    even1 = madd(even1, r1, c4);
    even1 = madd(even1, r1, c2);
    even1 = madd(even1, r1, c0);
    let odd1 = madd(c15, r1, c13);
    odd1 = madd(odd1, r1, c11);
    odd1 = madd(odd1, r1, c9);
    odd1 = madd(odd1, r1, c7);
    odd1 = madd(odd1, r1, c5);
    odd1 = madd(odd1, r1, c3);
    odd1 = madd(odd1, r1, c1);
    const tail1 = madd(odd1, s1, even1);
    const zero = f32x4.splat(0);
    if (is_laplace) {
      v128.store(at, v128.bitselect(f32x4.sub(one, tail0), tail0, f32x4.gt(x0, zero)));
      v128.store(at, v128.bitselect(f32x4.sub(one, tail1), tail1, f32x4.gt(x1, zero)), 16);
    } else {
      v128.store(at, f32x4.sub(f32x4.pmax(x0, zero), f32x4.mul(a0, tail0)));
      v128.store(at, f32x4.sub(f32x4.pmax(x1, zero), f32x4.mul(a1, tail1)), 16);
    }
  }
}

/** (x − μ) / σ of laplace. @inline */
function standardise(x: v128): v128 {
  return f32x4.mul(f32x4.sub(x, f32x4.splat(LAPLACE_MU)), f32x4.splat(1 / LAPLACE_SIGMA));
}

/** gelu to 4e-5 in little more than half the time, by a polynomial on 0…4.4. */
function gelu_coarse(y: usize, N: usize): void {
  const any = v128.load(y);
  const most = realize(f32x4.splat(4.4), any);
  const slope = realize(f32x4.splat(2 / 4.4), any);
  const one = realize(f32x4.splat(1), any);
  const c9 = realize(f32x4.splat(PHI_COARSE_9), any);
  const c8 = realize(f32x4.splat(PHI_COARSE_8), any);
  const c7 = realize(f32x4.splat(PHI_COARSE_7), any);
  const c6 = realize(f32x4.splat(PHI_COARSE_6), any);
  const c5 = realize(f32x4.splat(PHI_COARSE_5), any);
  const c4 = realize(f32x4.splat(PHI_COARSE_4), any);
  const c3 = realize(f32x4.splat(PHI_COARSE_3), any);
  const c2 = realize(f32x4.splat(PHI_COARSE_2), any);
  const c1 = realize(f32x4.splat(PHI_COARSE_1), any);
  const c0 = realize(f32x4.splat(PHI_COARSE_0), any);
  for (let at = y, end = y + (N << 2); at < end; at += 32) {
    const x0 = v128.load(at);
    const x1 = v128.load(at, 16);
    const a0 = f32x4.pmin(f32x4.abs(x0), most);
    const a1 = f32x4.pmin(f32x4.abs(x1), most);
    const s0 = f32x4.sub(f32x4.mul(a0, slope), one);
    const s1 = f32x4.sub(f32x4.mul(a1, slope), one);
    const r0 = f32x4.mul(s0, s0);
    const r1 = f32x4.mul(s1, s1);
    const even0 = madd(madd(madd(madd(c8, r0, c6), r0, c4), r0, c2), r0, c0);
    const even1 = madd(madd(madd(madd(c8, r1, c6), r1, c4), r1, c2), r1, c0);
    const odd0 = madd(madd(madd(madd(c9, r0, c7), r0, c5), r0, c3), r0, c1);
    const odd1 = madd(madd(madd(madd(c9, r1, c7), r1, c5), r1, c3), r1, c1);
    const zero = f32x4.splat(0);
    v128.store(at, f32x4.sub(f32x4.pmax(x0, zero), f32x4.mul(a0, madd(odd0, s0, even0))));
    v128.store(at, f32x4.sub(f32x4.pmax(x1, zero), f32x4.mul(a1, madd(odd1, s1, even1))), 16);
  }
}
