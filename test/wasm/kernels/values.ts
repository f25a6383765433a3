// Random matrices for property tests, and the padding that the kernels expect.
import * as fc from "fast-check";
import { align } from "../../../src/quantize/layout.ts";
import { mulberry32 } from "../../../src/random.ts";
import { Activation } from "../../../src/wasm/kernels/abi.ts";
import { rotate } from "../../../src/wasm/kernels/reference/rotate.ts";

/** Kinds of rows: ordinary, with outliers, huge, tiny, denormal, and all zero. */
const kinds = ["ordinary", "outliers", "huge", "tiny", "denormal", "zero"] as const;
type Kind = (typeof kinds)[number];

export interface Source {
  /** `rows` rows of `columns` values; in a mixed source each row has a kind of its own. */
  matrix(rows: number, columns: number): Float32Array;
  /** Values in −2…2, most of them near 0. */
  ordinary(length: number): Float32Array;
  /** Integers in −limit…limit, two of five at the ends. */
  integers(length: number, limit: number): Int32Array;
}

/** A reproducible source of numbers. */
export const source: fc.Arbitrary<Source> = fc
  .record({ seed: fc.nat(), kind: fc.constantFrom(...kinds, "mixed") })
  .map(({ seed, kind }) => {
    const random = mulberry32(seed);
    const normal = () => random() + random() + random() + random() - 2;
    return {
      matrix: (rows, columns) => {
        const values = new Float32Array(rows * columns);
        for (let row = 0; row < rows; row++) {
          const own = kind === "mixed" ? kinds[Math.floor(random() * kinds.length)]! : (kind as Kind);
          for (let i = 0; i < columns; i++) values[row * columns + i] = draw(own, normal(), random());
        }
        return values;
      },
      ordinary: (length) => Float32Array.from({ length }, normal),
      integers: (length, limit) =>
        Int32Array.from({ length }, () => {
          const u = random();
          if (u < 0.2) return limit;
          if (u < 0.4) return -limit;
          return Math.floor(random() * (2 * limit + 1)) - limit;
        }),
    };
  });

function draw(kind: Kind, normal: number, uniform: number): number {
  switch (kind) {
    case "ordinary":
      return normal;
    case "outliers":
      return uniform < 0.02 ? normal * 50 : normal * 0.1;
    case "huge":
      return normal * 1e4;
    case "tiny":
      return normal * 1e-6;
    case "denormal":
      return normal * 1e-40;
    case "zero":
      return 0;
  }
}

/** Row counts around the edges of tiles and blocks. */
export const rows: fc.Arbitrary<number> = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 70);

/** M rounded up to a multiple of 4: the rows that a quantised matrix has room for. */
export function spare(M: number): number {
  return Math.ceil(M / 4) * 4;
}

/** Rows of `columns` values as rows of `stride` values, padded with zeros. */
export function padRows(values: Float32Array, columns: number, stride = align(columns)): Float32Array {
  const count = values.length / columns;
  const padded = new Float32Array(count * stride);
  for (let i = 0; i < count; i++) padded.set(values.subarray(i * columns, (i + 1) * columns), i * stride);
  return padded;
}

/** The inverse of the transform that quantisation applies; exact for whole numbers. */
export function unrotated(values: Float32Array): Float32Array {
  return rotate(values).map((value) => value / 4);
}

/** The inverse of padRows. */
export function unpadRows(padded: Float32Array, columns: number, stride = align(columns)): Float32Array {
  const count = padded.length / stride;
  const values = new Float32Array(count * columns);
  for (let i = 0; i < count; i++) values.set(padded.subarray(i * stride, i * stride + columns), i * columns);
  return values;
}

/** Throws if an element differs from `expected` by more than its tolerance. */
export function expectClose(
  actual: Float32Array,
  expected: Float64Array,
  tolerance: (expected: number, index: number) => number,
): void {
  if (actual.length !== expected.length) throw new Error(`${actual.length} elements for ${expected.length}`);
  expected.forEach((value, i) => {
    if (!(Math.abs(actual[i]! - value) <= tolerance(value, i))) {
      throw new Error(`element ${i}: ${actual[i]}, expected ${value} ± ${tolerance(value, i)}`);
    }
  });
}

/** A bound of an activation's slope over |x| ≤ `limit`: how much it can magnify an error of x. */
export function steepestSlope(activation: Activation, limit: number): number {
  if (activation === Activation.relu2) return Math.max(1, 2 * limit);
  return activation === Activation.laplace ? Math.SQRT2 : 1;
}
