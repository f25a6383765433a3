// Activations in place, over the rows that a GEMM has just written. They are still in the second-level cache, and here the
// constants of a polynomial serve many numbers, which in a tile they would not.
//
// Shapes: y [rows][ldy], ldy in bytes, N columns. The numbers are those of Activation in src/wasm/kernels/abi.ts.
import { held, madd, sigmoid_f32x4, tanh_f32x4 } from "./math";

const GELU = 1;
const GELU_NEW = 2;
const RELU = 3;
const SILU = 4;
const TANH = 5;

/**
 * x Φ(x) = max(x, 0) − |x| Φ(−|x|), Φ(−a) being a polynomial in s = 2a/5.5 − 1 on 0…5.5; from there on a Φ(−a) is below 2e-7.
 * Error below 4e-7 × |x|.
 */
function gelu(y: usize, N: usize): void {
  const any = v128.load(y);
  const most = held(f32x4.splat(5.5), any);
  const slope = held(f32x4.splat(2 / 5.5), any);
  const one = held(f32x4.splat(1), any);
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
  // Even and odd powers apart: two chains, each half as long.
  for (const end = y + (N << 2); y < end; y += 16) {
    const x = v128.load(y);
    const a = f32x4.pmin(f32x4.abs(x), most);
    const s = f32x4.sub(f32x4.mul(a, slope), one);
    const r = f32x4.mul(s, s);
    let even = madd(c16, r, c14);
    even = madd(even, r, c12);
    even = madd(even, r, c10);
    even = madd(even, r, c8);
    even = madd(even, r, c6);
    even = madd(even, r, c4);
    even = madd(even, r, c2);
    even = madd(even, r, c0);
    let odd = madd(c15, r, c13);
    odd = madd(odd, r, c11);
    odd = madd(odd, r, c9);
    odd = madd(odd, r, c7);
    odd = madd(odd, r, c5);
    odd = madd(odd, r, c3);
    odd = madd(odd, r, c1);
    v128.store(y, f32x4.sub(f32x4.pmax(x, f32x4.splat(0)), f32x4.mul(a, madd(odd, s, even))));
  }
}

/** The same to 4e-5 and in little more than half the time, on 0…4.4: for rows that are quantised next, to steps hundreds of times as wide. */
function gelu_coarse(y: usize, N: usize): void {
  const any = v128.load(y);
  const most = held(f32x4.splat(4.4), any);
  const slope = held(f32x4.splat(2 / 4.4), any);
  const one = held(f32x4.splat(1), any);
  const c9 = held(f32x4.splat(-0.016929142978373047), any);
  const c8 = held(f32x4.splat(0.028201101220162377), any);
  const c7 = held(f32x4.splat(0.040187064832426074), any);
  const c6 = held(f32x4.splat(-0.11997809393744946), any);
  const c5 = held(f32x4.splat(0.04768289245762686), any);
  const c4 = held(f32x4.splat(0.13877894860761136), any);
  const c3 = held(f32x4.splat(-0.24288480670712612), any);
  const c2 = held(f32x4.splat(0.18904497542054755), any);
  const c1 = held(f32x4.splat(-0.07800014697576178), any);
  const c0 = held(f32x4.splat(0.013900287540269557), any);
  for (const end = y + (N << 2); y < end; y += 16) {
    const x = v128.load(y);
    const a = f32x4.pmin(f32x4.abs(x), most);
    const s = f32x4.sub(f32x4.mul(a, slope), one);
    const r = f32x4.mul(s, s);
    const even = madd(madd(madd(madd(c8, r, c6), r, c4), r, c2), r, c0);
    const odd = madd(madd(madd(madd(c9, r, c7), r, c5), r, c3), r, c1);
    v128.store(y, f32x4.sub(f32x4.pmax(x, f32x4.splat(0)), f32x4.mul(a, madd(odd, s, even))));
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
function activate_row(y: usize, N: usize, activation: i32): void {
  for (const end = y + (N << 2); y < end; y += 16) v128.store(y, activate(v128.load(y), activation));
}

/** `coarse`: rounding to int8 follows. */
export function activate_rows(y: usize, ldy: usize, rows: i32, N: usize, activation: i32, coarse: bool): void {
  for (; rows > 0; rows--, y += ldy) {
    if (activation == GELU && coarse) gelu_coarse(y, N);
    else if (activation == GELU) gelu(y, N);
    else if (activation == GELU_NEW) activate_row(y, N, GELU_NEW);
    else if (activation == RELU) activate_row(y, N, RELU);
    else if (activation == SILU) activate_row(y, N, SILU);
    else if (activation == TANH) activate_row(y, N, TANH);
  }
}
