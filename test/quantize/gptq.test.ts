// Rounding with error feedback: exact on the grid, within the levels, and never worse in what the matrix computes than rounding each weight.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundWithFeedback } from "../../src/quantize/gptq.ts";

const MOST = 63;

/** Numbers between −1 and 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  };
}

/** X [T][K] whose columns are mixtures of few causes, and XᵀX. */
function correlated(K: number, random: () => number): { X: Float64Array; gram: Float64Array; T: number } {
  const [T, causes] = [4 * K, Math.max(1, K >> 2)];
  const mixture = Float64Array.from({ length: causes * K }, random);
  const X = new Float64Array(T * K);
  for (let t = 0; t < T; t++) {
    for (let cause = 0; cause < causes; cause++) {
      const strength = random();
      for (let k = 0; k < K; k++) X[t * K + k]! += strength * mixture[cause * K + k]!;
    }
    for (let k = 0; k < K; k++) X[t * K + k]! += 0.1 * random();
  }
  const gram = new Float64Array(K * K);
  for (let t = 0; t < T; t++) {
    for (let i = 0; i < K; i++) for (let j = 0; j < K; j++) gram[i * K + j]! += X[t * K + i]! * X[t * K + j]!;
  }
  return { X, gram, T };
}

function nearest(w: Float32Array, N: number, K: number): Float64Array {
  const rounded = new Float64Array(N * K);
  const scale = steps(w, N, K);
  for (let n = 0; n < N; n++) {
    const row = w.subarray(n * K, (n + 1) * K);
    const step = scale[n]!;
    row.forEach((value, k) => {
      rounded[n * K + k] = Math.round(value / step) * step;
    });
  }
  return rounded;
}

/** A step a row, its greatest weight being MOST. */
function steps(w: Float32Array, N: number, K: number): Float32Array {
  return Float32Array.from({ length: N }, (_, n) => {
    const row = w.subarray(n * K, (n + 1) * K);
    return row.reduce((max, value) => Math.max(max, Math.abs(value)), 0) / MOST;
  });
}

function round(w: Float32Array, N: number, K: number, gram: Float64Array): { levels: Int8Array; scale: Float32Array } {
  const scale = steps(w, N, K);
  const step = (n: number) => scale[n]!;
  const levels = roundWithFeedback(w, N, K, gram, { lowest: -MOST, highest: MOST, block: K, step });
  return { levels, scale };
}

describe("rounding with error feedback", () => {
  it("changes what the matrix computes less than rounding each weight to the nearest level", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(16, 24, 48), (seed, K) => {
        const random = generator(seed);
        const N = 32;
        const { X, gram, T } = correlated(K, random);
        const w = Float32Array.from({ length: N * K }, random);
        const { levels, scale } = round(w, N, K, gram);
        const feedback = Float64Array.from(levels, (level, i) => level * scale[Math.floor(i / K)]!);
        const error = (q: Float64Array) => {
          let sum = 0;
          for (let t = 0; t < T; t++) {
            for (let n = 0; n < N; n++) {
              let y = 0;
              for (let k = 0; k < K; k++) y += (w[n * K + k]! - q[n * K + k]!) * X[t * K + k]!;
              sum += y * y;
            }
          }
          return Math.sqrt(sum);
        };
        expect(error(feedback)).toBeLessThan(error(nearest(w, N, K)));
        expect(levels.every((level) => Math.abs(level) <= MOST)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("is exact where every weight is a level already", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: -8, max: 8 }), (seed, exponent) => {
        const random = generator(seed);
        const [N, K] = [5, 16];
        const expected = Int8Array.from({ length: N * K }, (_, i) =>
          i % K === 3 ? MOST : Math.round(random() * MOST),
        );
        const w = Float32Array.from(expected, (level) => level * 2 ** exponent);
        const { levels, scale } = round(w, N, K, correlated(K, random).gram);
        expect(levels).toEqual(expected);
        expect(scale).toEqual(new Float32Array(N).fill(2 ** exponent));
      }),
    );
  });

  it("rounds to the nearest level where inputs have nothing in common, or never came", () => {
    const random = generator(1);
    const [N, K] = [4, 16];
    const w = Float32Array.from({ length: N * K }, random);
    const identity = Float64Array.from({ length: K * K }, (_, i) => (i % (K + 1) === 0 ? 1 : 0));
    for (const gram of [identity, new Float64Array(K * K)]) {
      const { levels, scale } = round(w, N, K, gram);
      expect(Float64Array.from(levels, (level, i) => level * scale[Math.floor(i / K)]!)).toEqual(nearest(w, N, K));
    }
  });

  it("asks for a step a block, with what is wanted of its weights by then, and keeps to the levels", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = generator(seed);
        const [N, K, block] = [3, 20, 8];
        const w = Float32Array.from({ length: N * K }, () => 8 * random());
        const asked: string[] = [];
        const step = (n: number, first: number, wanted: Float64Array) => {
          asked.push(`${n} ${first} ${wanted.length}`);
          if (first === 0) expect([...wanted]).toEqual([...w.subarray(n * K, n * K + block)]);
          else if (first === 8) expect([...wanted]).not.toEqual([...w.subarray(n * K + 8, n * K + 16)]);
          return first === 16 ? 0 : -0.5;
        };
        const levels = roundWithFeedback(w, N, K, correlated(K, random).gram, { lowest: -8, highest: 7, block, step });
        expect(asked).toEqual([0, 1, 2].flatMap((n) => [`${n} 0 8`, `${n} 8 8`, `${n} 16 4`]));
        levels.forEach((level, i) => {
          expect(level).toBeGreaterThanOrEqual(-8);
          expect(level).toBeLessThanOrEqual(7);
          if (i % K >= 16) expect(level).toBe(0);
        });
      }),
    );
  });

  it("leaves rows of zeros, and the matrix XᵀX, as they are", () => {
    const gram = Float64Array.of(2, 1, 1, 2);
    const { levels, scale } = round(new Float32Array(4), 2, 2, gram);
    expect([[...levels], [...scale], [...gram]]).toEqual([
      [0, 0, 0, 0],
      [0, 0],
      [2, 1, 1, 2],
    ]);
  });
});
