import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { rotateRows } from "../../../src/quantize/hadamard.ts";
import { align } from "../../../src/quantize/layout.ts";
import { rotate } from "../../../src/wasm/kernels/reference/rotate.ts";
import { type Arena, builds, openArena } from "./arena.ts";
import { expectClose, padRows, rows, source } from "./values.ts";

const columns = fc.constantFrom(1, 12, 16, 36, 48, 304);

describe.each(builds)("rotate_f32, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  function run(x: Float32Array, ld: number, M: number, K: number, times = 1): Float32Array {
    arena.reset();
    const at = arena.output(4 * M * ld);
    arena.f32(at, M * ld).set(x);
    for (let i = 0; i < times; i++) arena.call((kernel) => kernel.rotate_f32(at, 4 * ld, M, K));
    return arena.f32(at, M * ld).slice();
  }

  it("gives the numbers of the reference, bit for bit, and does not touch the gaps between rows", () => {
    fc.assert(
      fc.property(source, rows, columns, fc.constantFrom(0, 16), (numbers, M, H, gap) => {
        const K = align(H);
        const x = numbers.matrix(M, H);
        const expected = rotate(padRows(x, H)).map((value) => value / 4);
        expect(run(padRows(x, H, K + gap), K + gap, M, K)).toEqual(padRows(expected, K, K + gap));
      }),
      { numRuns: 60 },
    );
  });

  it("is its own inverse, and the transform that weights are packed with", () => {
    fc.assert(
      fc.property(source, rows, columns, (numbers, M, H) => {
        const K = align(H);
        const x = numbers.matrix(M, H);
        const padded = padRows(x, H);
        const largest = padded.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        // Denormal numbers are multiples of 1.4e-45.
        const near = () => 1e-6 * largest + 1e-43;
        expectClose(run(padded, K, M, K, 2), Float64Array.from(padded), near);
        expectClose(run(padded, K, M, K), Float64Array.from(rotateRows(x, M, H)), near);
      }),
      { numRuns: 60 },
    );
  });
});
