// Activations over a tile that a GEMM has just written: `rows` rows of eight columns, still in the first-level cache.
// The numbers are those of Activation in src/wasm/kernel-modules.ts.
import { madd, sigmoid_f32x4, tanh_f32x4 } from "./math";

const GELU = 1;
const GELU_NEW = 2;
const RELU = 3;
const SILU = 4;
const TANH = 5;

/**
 * x Φ(x) = max(x, 0) − |x| Φ(−|x|), Φ(−a) being a polynomial in 2a/5.5 − 1 on 0…5.5 (a Φ(−a) is below 2e-7 from there on).
 * Error below 4e-7 × |x|.
 */
@inline
function gelu(x: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), f32x4.splat(5.5));
  const s = f32x4.sub(f32x4.mul(a, f32x4.splat(2 / 5.5)), f32x4.splat(1));
  let p = f32x4.splat(0.0013453930150717497);
  p = madd(p, s, f32x4.splat(-0.007107398007065058));
  p = madd(p, s, f32x4.splat(0.0012089858064427972));
  p = madd(p, s, f32x4.splat(0.03495537489652634));
  p = madd(p, s, f32x4.splat(-0.03859672695398331));
  p = madd(p, s, f32x4.splat(-0.055091895163059235));
  p = madd(p, s, f32x4.splat(0.13033227622509003));
  p = madd(p, s, f32x4.splat(-0.031159447506070137));
  p = madd(p, s, f32x4.splat(-0.16221103072166443));
  p = madd(p, s, f32x4.splat(0.21719275414943695));
  p = madd(p, s, f32x4.splat(-0.05151068791747093));
  p = madd(p, s, f32x4.splat(-0.17695873975753784));
  p = madd(p, s, f32x4.splat(0.2718939483165741));
  p = madd(p, s, f32x4.splat(-0.20682291686534882));
  p = madd(p, s, f32x4.splat(0.09455808997154236));
  p = madd(p, s, f32x4.splat(-0.025007760152220726));
  p = madd(p, s, f32x4.splat(0.002979771001264453));
  return f32x4.sub(f32x4.pmax(x, f32x4.splat(0)), f32x4.mul(a, p));
}

/** 0.5 x (1 + tanh(u)) = x sigmoid(2u), u = √(2/π) (x + 0.044715 x³). */
@inline
function gelu_new(x: v128): v128 {
  const cubic = madd(f32x4.mul(x, x), f32x4.splat(0.07135481627), f32x4.splat(1.59576912161));
  return f32x4.mul(x, sigmoid_f32x4(f32x4.mul(x, cubic)));
}

@inline
function activate(x: v128, activation: i32): v128 {
  if (activation == GELU) return gelu(x);
  if (activation == GELU_NEW) return gelu_new(x);
  if (activation == RELU) return f32x4.pmax(x, f32x4.splat(0));
  if (activation == SILU) return f32x4.mul(x, sigmoid_f32x4(x));
  return tanh_f32x4(x);
}

@inline
function activate_rows(y: usize, ldy: usize, rows: i32, activation: i32): void {
  for (; rows > 0; rows--, y += ldy) {
    v128.store(y, activate(v128.load(y), activation));
    v128.store(y, activate(v128.load(y, 16), activation), 16);
  }
}

/** y [rows][8] in place; ldy in bytes. */
export function activate_tile(y: usize, ldy: usize, rows: i32, activation: i32): void {
  if (activation == GELU) activate_rows(y, ldy, rows, GELU);
  else if (activation == GELU_NEW) activate_rows(y, ldy, rows, GELU_NEW);
  else if (activation == RELU) activate_rows(y, ldy, rows, RELU);
  else if (activation == SILU) activate_rows(y, ldy, rows, SILU);
  else if (activation == TANH) activate_rows(y, ldy, rows, TANH);
}
