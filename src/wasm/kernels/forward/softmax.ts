// The first part of a softmax over one row of scores: exponentials in place, and one over their sum. The division is left to the
// caller, who has fewer numbers to divide once the row was multiplied by the values (XNNPACK: raddstoreexpminusmax).
import { EXP2_0, EXP2_1, EXP2_2, EXP2_3, EXP2_4 } from "./coefficients";
import { first_lanes, MAGIC_BIAS, madd, max_f32x4, realize, sum_f32x4 } from "./math";

/**
 * Replaces the first `count` scores s by 2^((s − max) × factor2), with a relative error of 2e-7, and the rest up to the address `end`
 * by zero. Returns 1 over their sum in every lane. It writes whole vectors: up to three lanes beyond `end`.
 */
export function store_exp_minus_max(scores: usize, end: usize, count: i32, factor2: v128): v128 {
  const whole = scores + <usize>((count & ~3) << 2);
  const tail = first_lanes(count & 3);
  let largest = f32x4.splat(-f32.MAX_VALUE);
  let s = scores;
  for (; s < whole; s += 16) largest = f32x4.pmax(largest, v128.load(s));
  if (count & 3) largest = f32x4.pmax(largest, v128.bitselect(v128.load(s), largest, tail));
  largest = f32x4.splat(max_f32x4(largest));

  const lowest = realize(f32x4.splat(-126), factor2);
  const bias = realize(f32x4.splat(MAGIC_BIAS), factor2);
  const c4 = realize(f32x4.splat(EXP2_4), factor2);
  const c3 = realize(f32x4.splat(EXP2_3), factor2);
  const c2 = realize(f32x4.splat(EXP2_2), factor2);
  const c1 = realize(f32x4.splat(EXP2_1), factor2);
  const c0 = realize(f32x4.splat(EXP2_0), factor2);
  const one = realize(f32x4.splat(1), factor2);
  let total = f32x4.splat(0);
  s = scores;
  for (const pairs = scores + <usize>((count & ~7) << 2); s < pairs; s += 32) {
    const e0 = exp_minus_max(v128.load(s), largest, factor2, lowest, bias, c4, c3, c2, c1, c0, one);
    const e1 = exp_minus_max(v128.load(s, 16), largest, factor2, lowest, bias, c4, c3, c2, c1, c0, one);
    v128.store(s, e0);
    v128.store(s, e1, 16);
    total = f32x4.add(f32x4.add(total, e0), e1);
  }
  for (; s < scores + <usize>(count << 2); s += 16) {
    let e = exp_minus_max(v128.load(s), largest, factor2, lowest, bias, c4, c3, c2, c1, c0, one);
    if (s === whole) e = v128.and(e, tail);
    v128.store(s, e);
    total = f32x4.add(total, e);
  }
  for (; s < end; s += 16) v128.store(s, f32x4.splat(0));
  return f32x4.splat(1 / sum_f32x4(total));
}

/** 2^((s − max) × factor2); the constants are the caller's, so that it loads them once. @inline */
function exp_minus_max(
  s: v128,
  max: v128,
  factor2: v128,
  lowest: v128,
  bias: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
  c0: v128,
  one: v128,
): v128 {
  const t = f32x4.pmax(f32x4.mul(f32x4.sub(s, max), factor2), lowest);
  const shifted = f32x4.add(t, bias);
  const f = f32x4.sub(t, f32x4.sub(shifted, bias));
  const power = madd(madd(madd(madd(madd(c4, f, c3), f, c2), f, c1), f, c0), f, one);
  return i32x4.add(power, i32x4.shl(shifted, 23));
}
