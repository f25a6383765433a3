import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { align, packF32 } from "../../../src/quantize/layout.ts";
import { Activation } from "../../../src/wasm/kernels/abi.ts";
import { activate } from "../../../src/wasm/kernels/reference/activation.ts";
import { gemm } from "../../../src/wasm/kernels/reference/gemm.ts";
import { type Arena, builds, openArena } from "./arena.ts";
import { expectClose, padRows, rows, source, steepestSlope, unpadRows } from "./values.ts";

const size = fc.constantFrom(1, 12, 16, 36, 48, 304);

describe.each(builds)("gemm_f32, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  it("multiplies, adds the bias and activates like the reference", () => {
    const activations = fc.constantFrom(...Object.values(Activation));
    fc.assert(
      fc.property(source, rows, size, size, activations, (numbers, M, N, K, activation) => {
        const x = numbers.matrix(M, K);
        const w = numbers.ordinary(N * K).map((value) => value / 16);
        const bias = numbers.ordinary(N);
        const [depth, columns] = [align(K), align(N)];
        const [ldx, ldy] = [depth + 16, columns + 32];
        arena.reset();
        const from = arena.input(padRows(x, K, ldx));
        const weight = arena.input(packF32(w, N, K));
        const b = arena.input(padRows(bias, N));
        const y = arena.output(4 * M * ldy);
        arena.call((kernel) => kernel.gemm_f32(from, 4 * ldx, weight, b, y, 4 * ldy, M, columns, depth, activation));

        const written = arena.f32(y, M * ldy);
        const expected = gemm(x, w, bias, M, N, K, activation);
        const magnitude = gemm(x.map(Math.abs), w.map(Math.abs), bias.map(Math.abs), M, N, K, Activation.none);
        expectClose(
          unpadRows(written, N, ldy),
          expected,
          (_, i) => (2e-6 * magnitude[i]! + 1e-6) * steepestSlope(activation, magnitude[i]!),
        );
        for (let m = 0; m < M; m++) {
          const padding = written.subarray(m * ldy + N, m * ldy + columns);
          const zero = activate(0, activation);
          expectClose(padding, new Float64Array(columns - N).fill(zero), () => (zero === 0 ? 0 : 6e-7));
          expect(written.subarray(m * ldy + columns, (m + 1) * ldy).every(Number.isNaN), "between the rows").toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  // A single weight of 1 passes any number to the activation.
  it.each(Object.entries(Activation))(
    "computes %s to 1e-6, from the smallest numbers to the largest",
    (name, activation) => {
      const inputs = [0, 1e-40, 1e-10, 1e-5, 1e-3, 50, 88, 100, 1e4, 1e6];
      for (let x = 0; x < 20; x += 0.0101) inputs.push(x);
      const x = Float32Array.from(inputs.flatMap((value) => [value, -value]));
      const M = x.length;
      arena.reset();
      const from = arena.input(padRows(x, 1));
      const weight = arena.input(packF32(Float32Array.of(1), 1, 1));
      const bias = arena.input(new Float32Array(16));
      const y = arena.output(64 * M);
      arena.call((kernel) => kernel.gemm_f32(from, 64, weight, bias, y, 64, M, 16, 16, activation));

      const expected = gemm(x, Float32Array.of(1), Float32Array.of(0), M, 1, 1, activation);
      // Below zero the gated functions are small differences of large terms: what counts is the error relative to x.
      const gated = ["gelu", "gelu_new", "gelu_10", "silu", "mish", "quick_gelu"].includes(name);
      expectClose(unpadRows(arena.f32(y, 16 * M), 1), expected, (value, i) => {
        if (activation === Activation.laplace) return 6e-7;
        return 6e-7 * Math.abs(gated ? x[i]! : value) + 1e-37;
      });
    },
  );
});
