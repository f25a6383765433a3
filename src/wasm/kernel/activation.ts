// Activations over a tile that a GEMM has just written: `rows` rows of eight columns, still in the first-level cache.
// The numbers are those of Activation in src/wasm/kernel-modules.ts.
import { held, madd, sigmoid_f32x4, tanh_f32x4 } from "./math";

const GELU = 1;
const GELU_NEW = 2;
const RELU = 3;
const SILU = 4;
const TANH = 5;

/**
 * x Φ(x) = max(x, 0) − |x| Φ(−|x|), Φ(−a) being a polynomial in s = 2a/5.5 − 1 on 0…5.5 (a Φ(−a) is below 2e-7 from there on).
 * Error below 4e-7 × |x|.
 */
function gelu_rows(y: usize, ldy: usize, rows: i32): void {
  const any = v128.load(y);
  const most = held(f32x4.splat(5.5), any);
  const slope = held(f32x4.splat(2 / 5.5), any);
  const one = held(f32x4.splat(1), any);
  const zero = f32x4.splat(0);
  const c16 = held(f32x4.splat(0.0013453930150717497), any);
  const c15 = held(f32x4.splat(-0.007107398007065058), any);
  const c14 = held(f32x4.splat(0.0012089858064427972), any);
  const c13 = held(f32x4.splat(0.03495537489652634), any);
  const c12 = held(f32x4.splat(-0.03859672695398331), any);
  const c11 = held(f32x4.splat(-0.055091895163059235), any);
  const c10 = held(f32x4.splat(0.13033227622509003), any);
  const c9 = held(f32x4.splat(-0.031159447506070137), any);
  const c8 = held(f32x4.splat(-0.16221103072166443), any);
  const c7 = held(f32x4.splat(0.21719275414943695), any);
  const c6 = held(f32x4.splat(-0.05151068791747093), any);
  const c5 = held(f32x4.splat(-0.17695873975753784), any);
  const c4 = held(f32x4.splat(0.2718939483165741), any);
  const c3 = held(f32x4.splat(-0.20682291686534882), any);
  const c2 = held(f32x4.splat(0.09455808997154236), any);
  const c1 = held(f32x4.splat(-0.025007760152220726), any);
  const c0 = held(f32x4.splat(0.002979771001264453), any);
  for (; rows > 0; rows--, y += ldy) {
    const x = v128.load(y);
    const z = v128.load(y, 16);
    const a = f32x4.pmin(f32x4.abs(x), most);
    const b = f32x4.pmin(f32x4.abs(z), most);
    const s = f32x4.sub(f32x4.mul(a, slope), one);
    const t = f32x4.sub(f32x4.mul(b, slope), one);
    let p = madd(c16, s, c15);
    let q = madd(c16, t, c15);
    p = madd(p, s, c14);
    q = madd(q, t, c14);
    p = madd(p, s, c13);
    q = madd(q, t, c13);
    p = madd(p, s, c12);
    q = madd(q, t, c12);
    p = madd(p, s, c11);
    q = madd(q, t, c11);
    p = madd(p, s, c10);
    q = madd(q, t, c10);
    p = madd(p, s, c9);
    q = madd(q, t, c9);
    p = madd(p, s, c8);
    q = madd(q, t, c8);
    p = madd(p, s, c7);
    q = madd(q, t, c7);
    p = madd(p, s, c6);
    q = madd(q, t, c6);
    p = madd(p, s, c5);
    q = madd(q, t, c5);
    p = madd(p, s, c4);
    q = madd(q, t, c4);
    p = madd(p, s, c3);
    q = madd(q, t, c3);
    p = madd(p, s, c2);
    q = madd(q, t, c2);
    p = madd(p, s, c1);
    q = madd(q, t, c1);
    p = madd(p, s, c0);
    q = madd(q, t, c0);
    v128.store(y, f32x4.sub(f32x4.pmax(x, zero), f32x4.mul(a, p)));
    v128.store(y, f32x4.sub(f32x4.pmax(z, zero), f32x4.mul(b, q)), 16);
  }
}

/** 0.5 x (1 + tanh(u)) = x sigmoid(2u), u = √(2/π) (x + 0.044715 x³). */
@inline
function gelu_new(x: v128): v128 {
  const cubic = madd(f32x4.mul(x, x), f32x4.splat(0.07135481627), f32x4.splat(1.59576912161));
  return f32x4.mul(x, sigmoid_f32x4(f32x4.mul(x, cubic)));
}

@inline
function activate(x: v128, activation: i32): v128 {
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
  if (activation == GELU) gelu_rows(y, ldy, rows);
  else if (activation == GELU_NEW) activate_rows(y, ldy, rows, GELU_NEW);
  else if (activation == RELU) activate_rows(y, ldy, rows, RELU);
  else if (activation == SILU) activate_rows(y, ldy, rows, SILU);
  else if (activation == TANH) activate_rows(y, ldy, rows, TANH);
}
