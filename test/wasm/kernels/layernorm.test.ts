import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { align } from "../../../src/quantize/layout.ts";
import { layernorm } from "../../../src/wasm/kernels/reference/layernorm.ts";
import { quantize } from "../../../src/wasm/kernels/reference/quantize.ts";
import { type Arena, buildOf, builds, openArena } from "./arena.ts";
import { readQd8 } from "./qd8.ts";
import { expectClose, padRows, rows, source, spare, unpadRows } from "./values.ts";

const hidden = fc.constantFrom(1, 2, 12, 16, 35, 36, 48, 304);
const residuals = fc.constantFrom("none", "apart", "y is x", "y is residual");
const eps = 1e-12;

describe.each(builds)("layernorm_f32 and layernorm_f32_qd8, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  it("normalise like the reference, keep the padding zero, and quantise what they wrote", () => {
    fc.assert(
      fc.property(source, rows, hidden, residuals, fc.boolean(), (numbers, M, H, residual, quantised) => {
        const K = align(H);
        const x = numbers.matrix(M, H);
        const other = residual === "none" ? undefined : numbers.matrix(M, H);
        const gamma = numbers.ordinary(H);
        const beta = numbers.ordinary(H);
        arena.reset();
        const at = residual === "y is x" ? arena.output(padRows(x, H)) : arena.input(padRows(x, H));
        let r = 0;
        if (other) r = residual === "y is residual" ? arena.output(padRows(other, H)) : arena.input(padRows(other, H));
        const g = arena.input(padRows(gamma, H));
        const b = arena.input(padRows(beta, H));
        const y = residual === "y is x" ? at : residual === "y is residual" ? r : arena.output(4 * M * K);
        const q = arena.output(arena.exports.qd8_bytes(M, K));
        const [scale, sum] = [arena.output(4 * spare(M)), arena.output(4 * spare(M))];
        arena.call((kernel) => {
          if (quantised) kernel.layernorm_f32_qd8(at, r, g, b, y, 4 * K, M, H, eps, q, scale, sum);
          else kernel.layernorm_f32(at, r, g, b, y, 4 * K, M, H, eps);
        });

        const written = arena.f32(y, M * K).slice();
        const expected = layernorm(x, other, gamma, beta, M, H, eps);
        const allowed = tolerances(x, other, gamma, H);
        expectClose(unpadRows(written, H), expected, (_, i) => allowed[i]!);
        expect(padRows(unpadRows(written, H), H)).toEqual(written);
        if (quantised) {
          const reference = quantize(written, M, K);
          expect(arena.f32(scale, M)).toEqual(reference.scale);
          expect(arena.i32(sum, M)).toEqual(reference.sum);
          expect(readQd8(buildOf(variant), arena, q, M, K)).toEqual(reference.q);
        }
      }),
      { numRuns: 80 },
    );
  });

  it("stays precise if the mean is far larger than the deviation", () => {
    const [M, H] = [4, 384];
    const x = Float32Array.from({ length: M * H }, (_, i) => 1000 + ((i * 7919) % 64) / 64);
    const gamma = new Float32Array(H).fill(1);
    const beta = new Float32Array(H);
    arena.reset();
    const [at, g, b, y] = [arena.input(x), arena.input(gamma), arena.input(beta), arena.output(4 * M * H)];
    arena.call((kernel) => kernel.layernorm_f32(at, 0, g, b, y, 4 * H, M, H, eps));
    expectClose(arena.f32(y, M * H), layernorm(x, undefined, gamma, beta, M, H, eps), () => 5e-4);
  });
});

/** The error that rounding a row's largest value to f32 can cause in each of its elements. */
function tolerances(x: Float32Array, residual: Float32Array | undefined, gamma: Float32Array, H: number): Float64Array {
  const allowed = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += H) {
    const r = (h: number) => (residual ? residual[start + h]! : 0);
    const v = Float64Array.from({ length: H }, (_, h) => x[start + h]! + r(h));
    // Terms and sums are rounded, and terms may cancel.
    const terms = v.map((value, h) => Math.max(Math.abs(value), Math.abs(r(h))));
    const largest = terms.reduce((max, value) => Math.max(max, value), 0);
    const mean = v.reduce((sum, value) => sum + value, 0) / H;
    const deviation = Math.sqrt(v.reduce((sum, value) => sum + (value - mean) ** 2, 0) / H + eps);
    for (let h = 0; h < H; h++) allowed[start + h] = 2e-6 * (1 + (Math.abs(gamma[h]!) * largest) / deviation);
  }
  return allowed;
}
