// What calibration remembers: XᵀX, however the rows come.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { addRows } from "../../src/quantize/gram.ts";

it("adds up XᵀX over any pieces", () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(pieces, fc.constantFrom(1, 16, 20), (counts, K) => {
      const T = counts.reduce((sum, count) => sum + count, 0);
      // Whole numbers, so that sums are exact in any order.
      const X = Float32Array.from({ length: T * K }, (_, i) => ((i * 7919) % 41) - 20);
      const gram = new Float64Array(K * K);
      let row = 0;
      for (const count of counts) {
        // A view may be longer than the rows that count.
        addRows(gram, X.subarray(row * K), count, K);
        row += count;
      }
      const column = (k: number) => Array.from({ length: T }, (_, t) => X[t * K + k]!);
      for (let i = 0; i < K; i++) {
        for (let j = 0; j < K; j++) {
          const expected = j > i ? 0 : column(i).reduce((sum, value, t) => sum + value * column(j)[t]!, 0);
          expect(gram[i * K + j]).toBe(expected);
        }
      }
    }),
  );
});
