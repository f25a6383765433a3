import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { align } from "../../../src/quantize/layout.ts";
import { attention } from "../../../src/wasm/kernels/reference/attention.ts";
import { type Arena, openArena, variants } from "./arena.ts";
import { expectClose, source } from "./values.ts";

/** Heads of `D` columns in heads of align(D), in rows of `stride`, from column `from` on. */
function placeHeads(values: Float32Array, A: number, D: number, stride: number, from: number): Float32Array {
  const count = values.length / (A * D);
  const placed = new Float32Array(count * stride);
  for (let i = 0; i < count; i++) {
    for (let a = 0; a < A; a++) {
      placed.set(values.subarray((i * A + a) * D, (i * A + a + 1) * D), i * stride + from + a * align(D));
    }
  }
  return placed;
}

const shape = fc
  .record({ S: fc.integer({ min: 1, max: 70 }), only: fc.constantFrom("all", "one", "some"), causal: fc.boolean() })
  .map(({ S, only, causal }) => ({ S, causal, M: only === "all" ? S : only === "one" ? 1 : Math.ceil(S / 2) }));

describe.each(variants.slice(0, 2))("attention_f32, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  it("attends as the reference does", () => {
    const heads = fc.constantFrom([1, 16], [2, 12], [3, 16], [2, 32], [1, 64]);
    const sharpness = fc.constantFrom(1e-3, 1, 30);
    fc.assert(
      fc.property(source, shape, heads, sharpness, fc.boolean(), (numbers, { S, M, causal }, [A, D], sharp, wanted) => {
        const wide = align(D!) * A!;
        const [q, k, v] = [numbers.ordinary(M * A! * D!), numbers.ordinary(S * A! * D!), numbers.ordinary(S * A! * D!)];
        const factor = Math.fround(sharp / Math.sqrt(D!));
        // k and v side by side, as a fused product leaves them; q and y with strides of their own.
        const [ldq, ldkv, ldy] = [wide + 16, 2 * wide, wide + 32];
        const placedV = placeHeads(v, A!, D!, ldkv, wide);
        const both = placeHeads(k, A!, D!, ldkv, 0).map((value, i) => value + placedV[i]!);
        arena.reset();
        const [atQ, atK] = [arena.input(placeHeads(q, A!, D!, ldq, 0)), arena.input(both)];
        const y = arena.output(4 * M * ldy);
        const scratch = arena.output(arena.exports.attention_scratch(S, align(D!)));
        const probs = wanted ? arena.output(4 * A! * M * S) : 0;
        arena.call((kernel) =>
          kernel.attention_f32(
            atQ,
            ldq,
            atK,
            atK + 4 * wide,
            ldkv,
            y,
            ldy,
            scratch,
            probs,
            M,
            S,
            A!,
            align(D!),
            factor,
            Number(causal),
          ),
        );

        const expected = attention(q, k, v, M, S, A!, D!, factor, causal);
        const largest = v.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        const tolerance = 2e-6 * (1 + sharp);
        const written = arena.f32(y, M * ldy);
        const placed = placeHeads(Float32Array.from(expected.y), A!, D!, ldy, 0);
        for (let m = 0; m < M; m++) {
          const row = written.subarray(m * ldy, m * ldy + wide);
          expectClose(row, Float64Array.from(placed.subarray(m * ldy, m * ldy + wide)), () => tolerance * largest);
          expect(written.subarray(m * ldy + wide, (m + 1) * ldy).every(Number.isNaN), "between the rows").toBe(true);
        }
        if (wanted) expectClose(arena.f32(probs, A! * M * S), expected.probs, (p) => tolerance * (p + 1e-3));
      }),
      { numRuns: 60 },
    );
  });

  it("is not thrown by scores far from zero", () => {
    const [S, D] = [21, 16];
    for (const sign of [1, -1]) {
      const q = new Float32Array(S * D).fill(100);
      const k = Float32Array.from({ length: S * D }, (_, i) => sign * (100 + Math.floor(i / D) / 1024));
      const v = Float32Array.from({ length: S * D }, (_, i) => i % 7);
      arena.reset();
      const [atQ, atK, atV] = [arena.input(q), arena.input(k), arena.input(v)];
      const [y, scratch] = [arena.output(4 * S * D), arena.output(arena.exports.attention_scratch(S, D))];
      arena.call((kernel) => kernel.attention_f32(atQ, D, atK, atV, D, y, D, scratch, 0, S, S, 1, D, 1, 0));
      expectClose(arena.f32(y, S * D), attention(q, k, v, S, S, 1, D, 1, false).y, () => 0.05);
    }
  });
});
