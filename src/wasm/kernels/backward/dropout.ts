// Dropout by a function of (seed, index), so that the backward pass drops the same elements without a mask in memory.
import { assert_bytes } from "../forward/checks";

/** 0 for a dropped element, else 1 / (1 − rate). The hash is the finaliser of MurmurHash3 (Austin Appleby; public domain). */
export function keep_factor(rate: f32, seed: u32, index: u32): f32 {
  let h = (index + 1) * 0x9e3779b9 + seed;
  h = (h ^ (h >>> 16)) * 0x85ebca6b;
  h = (h ^ (h >>> 13)) * 0xc2b2ae35;
  h ^= h >>> 16;
  return <f32>(h >>> 8) < rate * 16777216.0 ? 0 : 1 / (1 - rate);
}

/** x [count] in place; count is a multiple of 4. A gradient goes through the same call. */
export function dropout_f32(x: usize, count: usize, rate: f32, seed: u32): void {
  assert_bytes(x, count << 2);
  for (let i: usize = 0; i < count; i++) {
    const at = x + (i << 2);
    store<f32>(at, load<f32>(at) * keep_factor(rate, seed, <u32>i));
  }
}
