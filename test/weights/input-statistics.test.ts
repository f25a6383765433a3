// What calibration remembers: XᵀX and each column's greatest magnitude, however the rows come.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { InputStatistics } from "../../src/weights/input-statistics.ts";

it("adds up XᵀX and the greatest magnitudes over any pieces", () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(pieces, fc.constantFrom(16, 32), fc.integer({ min: 1, max: 16 }), (counts, K, first) => {
      const T = counts.reduce((sum, count) => sum + count, 0);
      // Whole numbers, so that sums are exact in any order.
      const X = Float32Array.from({ length: T * K }, (_, i) => ((i * 7919) % 41) - 20);
      const statistics = new InputStatistics(K);
      let row = 0;
      for (const count of counts) {
        // A view may be longer than the rows that count.
        statistics.add(X.subarray(row * K), count);
        row += count;
      }
      const gram = statistics.gramOf(first);
      for (let i = 0; i < first; i++) {
        const column = (k: number) => Array.from({ length: T }, (_, t) => X[t * K + k]!);
        expect(statistics.max[i]).toBe(Math.max(...column(i).map(Math.abs)));
        for (let j = 0; j <= i; j++) {
          expect(gram[i * first + j]).toBe(column(i).reduce((sum, value, t) => sum + value * column(j)[t]!, 0));
        }
      }
    }),
  );
});
