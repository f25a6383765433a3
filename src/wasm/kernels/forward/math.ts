// Arithmetic on four lanes that the kernels share: multiply-add (fused in the relaxed build), reductions, exp, sigmoid, tanh.
// Nothing here reads or writes memory. The ranges of exp and tanh, and how exp splits ln 2, are those of Cephes (S. L. Moshier).
import { EXP_0, EXP_1, EXP_2, EXP_3, EXP_4, TANH_0, TANH_1, TANH_2, TANH_3, TANH_4 } from "./coefficients";

/**
 * a × b + c, fused in the relaxed build. Never for a value that is rounded to an integer later: fused and unfused results differ in
 * the last bit, and the integers of the two builds must not.
 * @inline
 */
export function madd(a: v128, b: v128, c: v128): v128 {
  return RELAXED ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** @inline */
export function sum_f32x4(v: v128): f32 {
  const pair = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
}

/** @inline */
export function max_f32x4(v: v128): f32 {
  const pair = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pair, v128.shuffle<f32>(pair, pair, 1, 0, 3, 2)), 0);
}

/** All ones in the lanes below `count`, zeros in the rest. @inline */
export function first_lanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** The magic bias 1.5 × 2²³: adding it rounds to the nearest integer, ties to even, and leaves that integer in the low bits. */
export const MAGIC_BIAS: f32 = 12582912.0;

/**
 * Makes V8 hold a constant in a register (XNNPACK's XNN_FORCE_REALIZATION). V8 rebuilds a 128-bit constant at every use, with three
 * instructions; a value that depends on another value, here on `any`, it computes once.
 * @inline
 */
export function realize(constant: v128, any: v128): v128 {
  return v128.and(constant, i32x4.eq(any, any));
}

/**
 * e^x with a relative error of 2e-7; x is clamped to ±87. x = n ln 2 + r, with ln 2 in two parts (Cephes' C1 and C2): the first ends in
 * zero bits, so that n times it is exact.
 * @inline
 */
export function exp_f32x4(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(87));
  const shifted = f32x4.add(f32x4.mul(clamped, f32x4.splat(<f32>Math.LOG2E)), f32x4.splat(MAGIC_BIAS));
  const n = f32x4.sub(shifted, f32x4.splat(MAGIC_BIAS));
  const high = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  const r = f32x4.sub(high, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(EXP_4);
  p = madd(p, r, f32x4.splat(EXP_3));
  p = madd(p, r, f32x4.splat(EXP_2));
  p = madd(p, r, f32x4.splat(EXP_1));
  p = madd(p, r, f32x4.splat(EXP_0));
  p = madd(p, r, f32x4.splat(1));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** 1 / (1 + e^−x). @inline */
export function sigmoid_f32x4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp_f32x4(f32x4.neg(x))));
}

/** tanh x: an odd polynomial below 0.625, where 1 − 2 / (e^2x + 1) would cancel. @inline */
export function tanh_f32x4(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let p = f32x4.splat(TANH_4);
  p = madd(p, square, f32x4.splat(TANH_3));
  p = madd(p, square, f32x4.splat(TANH_2));
  p = madd(p, square, f32x4.splat(TANH_1));
  p = madd(p, square, f32x4.splat(TANH_0));
  const near = madd(f32x4.mul(p, square), x, x);
  const e = exp_f32x4(f32x4.add(x, x));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
  return v128.bitselect(near, far, f32x4.lt(square, f32x4.splat(0.39)));
}
