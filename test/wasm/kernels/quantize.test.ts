import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { align } from "../../../src/quantize/layout.ts";
import { quantize } from "../../../src/wasm/kernels/reference/quantize.ts";
import { type Arena, buildOf, openArena, variants } from "./arena.ts";
import { readQd8 } from "./qd8.ts";
import { padRows, rows, source, spare } from "./values.ts";

describe.each(variants)("quantize_f32_qd8, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  it("gives the integers, scales and sums of the reference, bit for bit", () => {
    const columns = fc.constantFrom(1, 12, 16, 36, 48, 304);
    fc.assert(
      fc.property(source, rows, columns, fc.constantFrom(0, 16), (numbers, M, H, gap) => {
        const K = align(H);
        const ldx = K + gap;
        const x = numbers.matrix(M, H);
        arena.reset();
        const at = arena.input(padRows(x, H, ldx));
        const q = arena.output(arena.exports.qd8_bytes(M, K));
        const scale = arena.output(4 * spare(M));
        const sum = arena.output(4 * spare(M));
        arena.call((kernel) => kernel.quantize_f32_qd8(at, 4 * ldx, q, scale, sum, M, K));

        const expected = quantize(padRows(x, H), M, K);
        expect(arena.f32(scale, M)).toEqual(expected.scale);
        expect(arena.i32(sum, M)).toEqual(expected.sum);
        expect(readQd8(buildOf(variant), arena, q, M, K)).toEqual(expected.q);
      }),
      { numRuns: 60 },
    );
  });
});
