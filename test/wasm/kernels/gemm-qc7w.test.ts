import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { qc7wIndex } from "../../../src/quantize/layout.ts";
import { Activation } from "../../../src/wasm/kernels/abi.ts";
import { accumulate, gemmQd8 } from "../../../src/wasm/kernels/reference/gemm.ts";
import { quantize } from "../../../src/wasm/kernels/reference/quantize.ts";
import { type Arena, openArena, variants } from "./arena.ts";
import { expectClose, padRows, rows, source, spare, steepestSlope, unrotated } from "./values.ts";

/** w [N][K] in −63…63 in the qc7w layout. */
function pack(w: Int8Array, N: number, K: number): Uint8Array {
  const packed = new Uint8Array(N * K);
  for (let n = 0; n < N; n++) for (let k = 0; k < K; k++) packed[qc7wIndex(n, k, K)] = w[n * K + k]! + 64;
  return packed;
}

const size = fc.constantFrom(16, 48, 304);
const activations = fc.constantFrom(...Object.values(Activation));

describe.each(variants)("gemm_qd8_f32_qc7w, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  /** Quantises x [M][K] and multiplies. `unit`: x holds q, and every scale is set to 1, so y is the integer sums. */
  function multiply(
    x: Float32Array,
    w: Int8Array,
    wscale: Float32Array,
    bias: Float32Array,
    M: number,
    N: number,
    K: number,
    ldy: number,
    activation: Activation,
    unit: boolean,
  ): Float32Array {
    arena.reset();
    const from = arena.input(unit ? unrotated(x) : x);
    const q = arena.output(arena.exports.qd8_bytes(M, K));
    const scale = arena.output(4 * spare(M));
    const sum = arena.output(4 * spare(M));
    const weight = arena.input(pack(w, N, K));
    const ws = arena.input(wscale);
    const b = arena.input(bias);
    arena.call((kernel) => kernel.quantize_f32_qd8(from, 4 * K, q, scale, sum, M, K));
    if (unit) arena.f32(scale, M).fill(1);
    const y = arena.output(4 * M * ldy);
    arena.call((kernel) => kernel.gemm_qd8_f32_qc7w(q, scale, sum, weight, ws, b, y, 4 * ldy, M, N, K, activation));
    const values = new Float32Array(M * N);
    for (let m = 0; m < M; m++) values.set(arena.f32(y + 4 * m * ldy, N), m * N);
    for (let m = 0; m < M; m++) {
      expect(arena.f32(y + 4 * (m * ldy + N), ldy - N).every(Number.isNaN), "between the rows").toBe(true);
    }
    return values;
  }

  it("sums integers exactly", () => {
    fc.assert(
      fc.property(source, rows, size, size, fc.constantFrom(0, 16), (numbers, M, N, K, gap) => {
        // Two of five values are at the ends, where 16-bit sums come closest to overflow.
        const x = Float32Array.from(numbers.integers(M * K, 127));
        for (let m = 0; m < M; m++) x[m * K] = 127;
        const w = Int8Array.from(numbers.integers(N * K, 63));
        const ones = new Float32Array(N).fill(1);
        const zeros = new Float32Array(N);
        const y = multiply(x, w, ones, zeros, M, N, K, N + gap, Activation.none, true);
        expect(y).toEqual(Float32Array.from(accumulate(Int8Array.from(x), w, M, N, K)));
      }),
      { numRuns: 40 },
    );
  });

  it("does not overflow if every product is as large as possible", () => {
    const [M, N, K] = [5, 16, 3072];
    for (const [q, w] of [
      [127, 63],
      [127, -63],
      [-127, 63],
      [-127, -63],
    ] as const) {
      const x = new Float32Array(M * K).fill(q);
      const y = multiply(
        x,
        new Int8Array(N * K).fill(w),
        new Float32Array(N).fill(1),
        new Float32Array(N),
        M,
        N,
        K,
        N,
        0,
        true,
      );
      expect(y).toEqual(new Float32Array(M * N).fill(q * w * K));
    }
  });

  it("scales, adds the bias and activates like the reference", () => {
    fc.assert(
      fc.property(source, rows, size, size, activations, (numbers, M, N, K, activation) => {
        const x = numbers.matrix(M, K);
        const w = Int8Array.from(numbers.integers(N * K, 63));
        const wscale = numbers.ordinary(N).map((s) => Math.abs(s) / 500);
        const bias = numbers.ordinary(N);
        const y = multiply(padRows(x, K), w, wscale, bias, M, N, K, N, activation, false);
        const plain = gemmQd8(quantize(x, M, K), w, wscale, bias, M, N, K, Activation.none);
        const expected = gemmQd8(quantize(x, M, K), w, wscale, bias, M, N, K, activation);
        const coarse = activation === Activation.gelu || activation === Activation.gelu_10 ? 4e-5 : 0;
        expectClose(y, expected, (_, i) => {
          const limit = 1 + Math.abs(plain[i]!);
          return coarse + 1e-6 * limit * steepestSlope(activation, limit);
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe("the builds", () => {
  it("agree bit for bit without an activation", async () => {
    const arenas = await Promise.all(variants.map(openArena));
    fc.assert(
      fc.property(source, rows, size, size, (numbers, M, N, K) => {
        const x = numbers.matrix(M, K);
        const w = pack(Int8Array.from(numbers.integers(N * K, 63)), N, K);
        const wscale = numbers.ordinary(N);
        const bias = numbers.ordinary(N);
        const [first, ...others] = arenas.map((arena) => {
          arena.reset();
          const from = arena.input(x);
          const [q, scale, sum] = [
            arena.output(arena.exports.qd8_bytes(M, K)),
            arena.output(4 * spare(M)),
            arena.output(4 * spare(M)),
          ];
          const [weight, ws, b] = [arena.input(w), arena.input(wscale), arena.input(bias)];
          const y = arena.output(4 * M * N);
          arena.call((kernel) => {
            kernel.quantize_f32_qd8(from, 4 * K, q, scale, sum, M, K);
            kernel.gemm_qd8_f32_qc7w(q, scale, sum, weight, ws, b, y, 4 * N, M, N, K, Activation.none);
          });
          return arena.bytes(y, 4 * M * N);
        });
        for (const other of others) expect(other).toEqual(first);
      }),
      { numRuns: 20 },
    );
  });
});
