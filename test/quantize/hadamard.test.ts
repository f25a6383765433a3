// The rotation that quantised matrices are packed with: orthogonal, its own inverse, and the same for weights and for XᵀX.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rotateGram, rotateRows } from "../../src/quantize/hadamard.ts";
import { align } from "../../src/quantize/layout.ts";

/** R [K][K]: the unit rows, rotated. */
function rotation(K: number): Float32Array {
  return rotateRows(
    Float32Array.from({ length: K * K }, (_, i) => (i % (K + 1) === 0 ? 1 : 0)),
    K,
    K,
  );
}

describe("the rotation", () => {
  it("spreads one value over its block of 16, and over nothing else", () => {
    for (let one = 0; one < 32; one++) {
      const row = rotateRows(
        Float32Array.from({ length: 32 }, (_, k) => (k === one ? 4 : 0)),
        1,
        32,
      );
      expect([...row].map(Math.abs)).toEqual(Array.from({ length: 32 }, (_, k) => (k >> 4 === one >> 4 ? 1 : 0)));
    }
  });

  it("is symmetric and its own inverse", () => {
    const R = rotation(32);
    expect(rotateRows(R, 32, 32)).toEqual(rotation(32).map((_, i) => (i % 33 === 0 ? 1 : 0)));
    R.forEach((value, i) => {
      expect(R[(i % 32) * 32 + Math.floor(i / 32)]).toBe(value);
    });
  });

  it("pads rows with zeros first, and keeps products", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(), (K, seed) => {
        const values = (from: number) => Float32Array.from({ length: K }, (_, k) => Math.sin(from + 1.7 * k * k));
        const [a, b] = [values(seed), values(seed + 1)];
        const [ra, rb] = [rotateRows(a, 1, K), rotateRows(b, 1, K)];
        expect(ra.length).toBe(align(K));
        const product = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, k) => sum + value * y[k]!, 0);
        expect(product(ra, rb)).toBeCloseTo(product(a, b), 5);
      }),
    );
  });

  it("makes of XᵀX what it is of rotated rows, whichever triangle is filled", () => {
    const [T, K] = [5, 32];
    const X = Float32Array.from({ length: T * K }, (_, i) => Math.sin(i * i));
    const gram = (rows: Float32Array) =>
      Float64Array.from({ length: K * K }, (_, at) => {
        const [i, j] = [Math.floor(at / K), at % K];
        let sum = 0;
        for (let t = 0; t < T; t++) sum += rows[t * K + i]! * rows[t * K + j]!;
        return sum;
      });
    const lower = gram(X).map((value, at) => (at % K > Math.floor(at / K) ? Number.NaN : value));
    const expected = gram(rotateRows(X, T, K));
    rotateGram(lower, K).forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, 5);
    });
  });
});
