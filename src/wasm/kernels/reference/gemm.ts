// The GEMMs: in double precision, and with exact integer sums. Weights are row-major, one row per output.
import type { Activation } from "../abi.ts";
import { activate } from "./activation.ts";
import type { Quantized } from "./quantize.ts";

/** x [M][K], w [N][K], bias [N] → [M][N] */
export function gemm(
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array,
  M: number,
  N: number,
  K: number,
  activation: Activation,
): Float64Array {
  const y = new Float64Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = bias[n]!;
      for (let k = 0; k < K; k++) sum += x[m * K + k]! * w[n * K + k]!;
      y[m * N + n] = activate(sum, activation);
    }
  }
  return y;
}

/** Σ q w: q [M][K], w [N][K] → [M][N], exact. */
export function accumulate(q: Int8Array, w: Int8Array | Int16Array, M: number, N: number, K: number): Int32Array {
  const sums = new Int32Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      for (let k = 0; k < K; k++) sums[m * N + n]! += q[m * K + k]! * w[n * K + k]!;
    }
  }
  return sums;
}

/** w [N][K] in −8…7 times the multiplier [N][K/32] of its block of 32 inputs → [N][K] */
export function multiply(w: Int8Array, multiplier: Int8Array, K: number): Int16Array {
  const blocks = Math.ceil(K / 32);
  return Int16Array.from(w, (value, i) => value * multiplier[Math.floor(i / K) * blocks + Math.floor((i % K) / 32)]!);
}

/** x quantised [M][K], w [N][K] integers with one scale per output, bias [N] → [M][N] */
export function gemmQd8(
  x: Quantized,
  w: Int8Array | Int16Array,
  wscale: Float32Array,
  bias: Float32Array,
  M: number,
  N: number,
  K: number,
  activation: Activation,
): Float64Array {
  return Float64Array.from(accumulate(x.q, w, M, N, K), (sum, i) => {
    const n = i % N;
    return activate(sum * x.scale[(i - n) / N]! * wscale[n]! + bias[n]!, activation);
  });
}
