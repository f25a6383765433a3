// The exponentials of a softmax over one row of scores, in place, and one over their sum. The division is left to the caller, who
// has fewer numbers to divide once the row has been multiplied with the values.
import { first_lanes, held, madd, max_f32x4, ROUND, sum_f32x4 } from "./math";

/**
 * Makes scores into 2^((score − maximum) × factor2), to 1e-7, over the first `count`, and zero from there to `end`. Returns 1 over
 * their sum in every lane. Writes whole vectors: up to three lanes beyond `end`.
 */
export function softmax(scores: usize, end: usize, count: i32, factor2: v128): v128 {
  const whole = scores + <usize>((count & ~3) << 2);
  const tail = first_lanes(count & 3);
  let largest = f32x4.splat(-f32.MAX_VALUE);
  let p = scores;
  for (; p < whole; p += 16) largest = f32x4.pmax(largest, v128.load(p));
  if (count & 3) largest = f32x4.pmax(largest, v128.bitselect(v128.load(p), largest, tail));
  largest = f32x4.splat(max_f32x4(largest));

  const lowest = held(f32x4.splat(-126), factor2);
  const round = held(f32x4.splat(ROUND), factor2);
  const c5 = held(f32x4.splat(0.0013276409891655354), factor2);
  const c4 = held(f32x4.splat(0.009675540837482571), factor2);
  const c3 = held(f32x4.splat(0.05550713465589154), factor2);
  const c2 = held(f32x4.splat(0.24022119736212205), factor2);
  const c1 = held(f32x4.splat(0.6931469669471575), factor2);
  const c0 = held(f32x4.splat(1.0000000716508661), factor2);
  let total = f32x4.splat(0);
  for (p = scores; p < scores + <usize>(count << 2); p += 16) {
    const t = f32x4.pmax(f32x4.mul(f32x4.sub(v128.load(p), largest), factor2), lowest);
    const shifted = f32x4.add(t, round);
    const f = f32x4.sub(t, f32x4.sub(shifted, round));
    const power = madd(madd(madd(madd(madd(c5, f, c4), f, c3), f, c2), f, c1), f, c0);
    let e = i32x4.add(power, i32x4.shl(shifted, 23));
    if (p == whole) e = v128.and(e, tail);
    v128.store(p, e);
    total = f32x4.add(total, e);
  }
  for (; p < end; p += 16) v128.store(p, f32x4.splat(0));
  return f32x4.splat(1 / sum_f32x4(total));
}
