import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { align, f32Index, packF32, packQc8w, qc8wIndex } from "../../src/weights/layout.ts";

const dimension = fc.integer({ min: 1, max: 50 });
const matrix = fc.tuple(dimension, dimension, fc.boolean()).chain(([N, K, zeros]) =>
  fc
    .array(zeros ? fc.constantFrom(0, -0) : fc.float({ noNaN: true, min: -100, max: 100 }), {
      minLength: N * K,
      maxLength: N * K,
    })
    .map((values) => ({ w: Float32Array.from(values), N, K })),
);

describe("align", () => {
  it("rounds up to a multiple of 16", () => {
    expect([1, 15, 16, 17, 30522].map(align)).toEqual([16, 16, 16, 32, 30528]);
  });
});

describe.each([
  ["qc8w", qc8wIndex],
  ["f32", f32Index],
])("the %s layout", (_, index) => {
  it("has one place for each weight", () => {
    const [N, K] = [32, 48];
    const places = new Set<number>();
    for (let n = 0; n < N; n++) for (let k = 0; k < K; k++) places.add(index(n, k, K));
    expect(places.size).toBe(N * K);
    expect(Math.max(...places)).toBe(N * K - 1);
  });

  it("keeps a panel of eight outputs together", () => {
    expect(index(8, 0, 48)).toBe(8 * 48);
    expect(index(7, 47, 48)).toBe(8 * 48 - 1);
  });
});

describe("packQc8w", () => {
  it("rounds each output to 7 bits of its own scale, and pads with weights of zero", () => {
    fc.assert(
      fc.property(matrix, ({ w, N, K }) => {
        const { weight, scale } = packQc8w(w, N, K);
        const depth = align(K);
        expect([weight.length, scale.length]).toEqual([align(N) * depth, align(N)]);
        for (let n = 0; n < align(N); n++) {
          const row = w.subarray(n * K, (n + 1) * K);
          const max = n < N ? row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) : 0;
          expect(scale[n]).toBe(Math.fround(max / 63));
          for (let k = 0; k < depth; k++) {
            const stored = weight[qc8wIndex(n, k, depth)]! - 64;
            if (n < N && k < K) {
              expect(Math.abs(stored)).toBeLessThanOrEqual(63);
              expect(Math.abs(stored * scale[n]! - row[k]!)).toBeLessThanOrEqual(scale[n]! * 0.5001 + 1e-40);
            } else expect(stored).toBe(0);
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("packF32", () => {
  it("keeps every value, and pads with zero", () => {
    fc.assert(
      fc.property(matrix, ({ w, N, K }) => {
        const packed = packF32(w, N, K);
        const depth = align(K);
        expect(packed.length).toBe(align(N) * depth);
        for (let n = 0; n < align(N); n++) {
          for (let k = 0; k < depth; k++) {
            expect(packed[f32Index(n, k, depth)]).toBe(n < N && k < K ? w[n * K + k] : 0);
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});
