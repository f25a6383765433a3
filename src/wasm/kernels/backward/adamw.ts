// AdamW (Loshchilov and Hutter 2019) in the order of torch.optim.AdamW, and what a step needs of the gradients.
//
// Shapes: f32 [count], count a multiple of 4.
import { assert_bytes } from "../forward/checks";
import { sum_f32x4 } from "../forward/math";

/** Values whose squares are summed in f32 before they are added up in f64. */
const BLOCK: usize = 4096;

/** Σ x². */
export function sum_squares_f32(x: usize, count: usize): f64 {
  assert_bytes(x, count << 2);
  let total: f64 = 0;
  for (let from: usize = 0; from < count << 2; from += BLOCK) {
    let sum = f32x4.splat(0);
    for (let i = from, end = min(from + BLOCK, count << 2); i < end; i += 16) {
      const v = v128.load(x + i);
      sum = f32x4.add(sum, f32x4.mul(v, v));
    }
    total += <f64>sum_f32x4(sum);
  }
  return total;
}

/** y += x. */
export function add_f32(x: usize, y: usize, count: usize): void {
  assert_bytes(x, count << 2);
  assert_bytes(y, count << 2);
  for (let i: usize = 0; i < count << 2; i += 16) v128.store(y + i, f32x4.add(v128.load(y + i), v128.load(x + i)));
}

/**
 * One step: w ← w (1 − decay), m and v the running means of g and g², w ← w − step × m / (√v × root + eps). `clip` multiplies g first;
 * decay = rate × weight decay, step = rate / (1 − β₁ᵗ), root = 1 / √(1 − β₂ᵗ).
 */
export function adamw_f32(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  count: usize,
  clip: f32,
  decay: f32,
  step: f32,
  root: f32,
  beta1: f32,
  beta2: f32,
  eps: f32,
): void {
  assert_bytes(w, count << 2);
  assert_bytes(g, count << 2);
  const kept = f32x4.splat(1 - decay);
  const b1 = f32x4.splat(beta1);
  const b2 = f32x4.splat(beta2);
  const rest1 = f32x4.splat(1 - beta1);
  const rest2 = f32x4.splat(1 - beta2);
  for (let i: usize = 0; i < count << 2; i += 16) {
    const d = f32x4.mul(v128.load(g + i), f32x4.splat(clip));
    const mean = f32x4.add(f32x4.mul(v128.load(m + i), b1), f32x4.mul(d, rest1));
    const square = f32x4.add(f32x4.mul(v128.load(v + i), b2), f32x4.mul(f32x4.mul(d, d), rest2));
    v128.store(m + i, mean);
    v128.store(v + i, square);
    const divisor = f32x4.add(f32x4.mul(f32x4.sqrt(square), f32x4.splat(root)), f32x4.splat(eps));
    const change = f32x4.div(f32x4.mul(mean, f32x4.splat(step)), divisor);
    v128.store(w + i, f32x4.sub(f32x4.mul(v128.load(w + i), kept), change));
  }
}
