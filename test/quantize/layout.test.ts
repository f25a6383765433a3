import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundWithFeedback } from "../../src/quantize/gptq.ts";
import {
  align,
  f32Index,
  multiplierIndex,
  packF32,
  packQc7w,
  packQm4w,
  qc7wIndex,
  qm4wIndex,
} from "../../src/quantize/layout.ts";

const dimension = fc.integer({ min: 1, max: 50 });
const matrix = fc.tuple(dimension, dimension, fc.boolean()).chain(([N, K, zeros]) =>
  fc
    .array(zeros ? fc.constantFrom(0, -0) : fc.float({ noNaN: true, min: -100, max: 100 }), {
      minLength: N * K,
      maxLength: N * K,
    })
    .map((values) => ({ w: Float32Array.from(values), N, K })),
);

/** A place in half bytes. */
function halfBytes({ byte, shift }: { byte: number; shift: number }): number {
  return 2 * byte + shift / 4;
}

describe("align", () => {
  it("rounds up to a multiple of 16", () => {
    expect([1, 15, 16, 17, 30522].map(align)).toEqual([16, 16, 16, 32, 30528]);
  });
});

describe.each([
  ["qc7w", qc7wIndex],
  ["f32", f32Index],
  ["qm4w", (n: number, k: number, depth: number) => halfBytes(qm4wIndex(n, k, depth))],
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

describe("packQc7w", () => {
  it("rounds for the inputs where they are known", () => {
    const [N, K] = [5, 7];
    const w = Float32Array.from({ length: N * K }, (_, i) => Math.sin(i));
    const gram = Float64Array.from({ length: K * K }, (_, i) => 0.8 ** Math.abs(Math.floor(i / K) - (i % K)));
    const { weight, scale } = packQc7w(w, N, K, gram);
    const rounded = roundWithFeedback(w, N, K, gram, { lowest: -63, highest: 63, block: K, step: (n) => scale[n]! });
    const levels = Array.from(rounded, (_, i) => weight[qc7wIndex(Math.floor(i / K), i % K, align(K))]! - 64);
    expect(levels).toEqual([...rounded]);
    expect(weight).not.toEqual(packQc7w(w, N, K).weight);
  });

  it("rounds each output to 7 bits of its own scale, and pads with weights of zero", () => {
    fc.assert(
      fc.property(matrix, ({ w, N, K }) => {
        const { weight, scale } = packQc7w(w, N, K);
        const depth = align(K);
        expect([weight.length, scale.length]).toEqual([align(N) * depth, align(N)]);
        for (let n = 0; n < align(N); n++) {
          const row = w.subarray(n * K, (n + 1) * K);
          const max = n < N ? row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) : 0;
          expect(scale[n]).toBe(Math.fround(max / 63));
          for (let k = 0; k < depth; k++) {
            const stored = weight[qc7wIndex(n, k, depth)]! - 64;
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

describe("packQm4w", () => {
  /** What the packed matrix holds [align(N)][align(K)], and each weight's step. */
  function unpack({ w, N, K }: { w: Float32Array; N: number; K: number }) {
    const { weight, multiplier, scale } = packQm4w(w, N, K);
    const depth = align(K);
    expect([weight.length, multiplier.length, scale.length]).toEqual([
      (align(N) * depth) / 2,
      align(N) * Math.ceil(depth / 32),
      align(N),
    ]);
    return (n: number, k: number) => {
      const { byte, shift } = qm4wIndex(n, k, depth);
      const step = multiplier[multiplierIndex(n, k, depth)]! * scale[n]!;
      return { value: (((weight[byte]! >> shift) & 15) - 8) * step, step };
    };
  }

  const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0);

  it("leaves no larger error in a block than rounding to seven levels of its greatest weight, and pads with zero", () => {
    fc.assert(
      fc.property(matrix, ({ w, N, K }) => {
        const at = unpack({ w, N, K });
        for (let n = 0; n < align(N); n++) {
          const row = n < N ? [...w.subarray(n * K, (n + 1) * K)] : [];
          const wholeRow = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          for (let first = 0; first < align(K); first += 32) {
            const block = row.slice(first, first + 32);
            const step = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 7;
            const plain = squares(block.map((value) => (step === 0 ? 0 : Math.round(value / step) * step - value)));
            const found = squares(block.map((value, i) => at(n, first + i).value - value));
            // A multiplier is whole: its step may be off by half a 127th of the row's greatest.
            const coarse = block.length * ((7.5 * wholeRow) / 7 / 254) ** 2;
            expect(Math.sqrt(found)).toBeLessThanOrEqual(Math.sqrt(plain) + Math.sqrt(coarse) + 1e-30);
          }
          for (let k = n < N ? K : 0; k < align(K); k++) expect(at(n, k).value === 0).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("finds the step of a block that was made of whole steps, upside down too", () => {
    for (const sign of [1, -1]) {
      const w = Float32Array.from({ length: 64 }, (_, k) => (k < 32 ? sign : 0.25) * ((k % 16) - 8));
      const at = unpack({ w, N: 1, K: 64 });
      for (const [k, value] of w.entries()) expect(Math.abs(at(0, k).value - value)).toBeLessThan(0.05);
    }
  });

  it("searches: rounding to the greatest weight leaves a third more squared error in random weights", () => {
    let state = 1;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const w = Float32Array.from({ length: 8 * 320 }, () => random() + random() + random() + random() - 2);
    const at = unpack({ w, N: 8, K: 320 });
    const found = squares([...w].map((value, i) => at(Math.floor(i / 320), i % 320).value - value));
    let plain = 0;
    for (let first = 0; first < w.length; first += 32) {
      const block = [...w.subarray(first, first + 32)];
      const step = Math.max(...block.map(Math.abs)) / 7;
      plain += squares(block.map((value) => Math.round(value / step) * step - value));
    }
    expect(plain / found).toBeGreaterThan(1.33);
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
