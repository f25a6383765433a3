import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { align } from "../../../src/quantize/layout.ts";
import { type AttentionOptions, attention } from "../../../src/wasm/kernels/reference/attention.ts";
import { type Arena, builds, openArena } from "./arena.ts";
import { expectClose, type Source, source } from "./values.ts";

/** Heads of `D` columns in heads of align(D), in rows of `stride` values, from column `from` on. */
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

interface Shape {
  readonly M: number;
  readonly S: number;
  readonly A: number;
  readonly D: number;
}

interface Operands {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/** A bias as the kernel takes it: its rows padded with NaN, and one [M][S] for all heads if it is shared. */
interface Bias {
  readonly values: Float32Array;
  readonly rowStride: number;
  readonly headStride: number;
}

/** Calls the kernel; q, k and v, y each have strides of their own. Returns y [M][stride] and probs [A][M][S] or undefined. */
function run(
  arena: Arena,
  { q, k, v }: Operands,
  { M, S, A, D }: Shape,
  factor: number,
  { causal = false, headFactor }: AttentionOptions,
  bias: Bias | undefined,
  wanted: boolean,
): { y: Float32Array; stride: number; probs: Float32Array | undefined } {
  const wide = align(D) * A;
  // k and v side by side, as a fused product leaves them.
  const [ldq, ldkv, ldy] = [wide + 16, 2 * wide, wide + 32];
  const placedV = placeHeads(v, A, D, ldkv, wide);
  const both = placeHeads(k, A, D, ldkv, 0).map((value, i) => value + placedV[i]!);
  arena.reset();
  const [atQ, atK] = [arena.input(placeHeads(q, A, D, ldq, 0)), arena.input(both)];
  const y = arena.output(4 * M * ldy);
  const scratch = arena.output(arena.exports.attention_scratch(S, align(D)));
  const probs = wanted ? arena.output(4 * A * M * S) : 0;
  const operands = [atQ, 4 * ldq, atK, atK + 4 * wide, 4 * ldkv, y, 4 * ldy, scratch, probs] as const;
  const sizes = [M, S, A, align(D), factor, Number(causal)] as const;
  const atBias = bias ? arena.input(bias.values) : 0;
  const strides = [4 * (bias?.rowStride ?? 0), 4 * (bias?.headStride ?? 0)] as const;
  const atFactors = headFactor ? arena.input(headFactor) : 0;
  arena.call((kernel) => {
    if (bias || headFactor) kernel.attention_f32(...operands, ...sizes, atBias, ...strides, atFactors);
    else kernel.attention_f32(...operands, ...sizes);
  });
  return { y: arena.f32(y, M * ldy), stride: ldy, probs: wanted ? arena.f32(probs, A * M * S) : undefined };
}

/** Random biases, about a third of them masks, and one query that attends to no key but the first. */
function randomBias(numbers: Source, shared: boolean, { M, S, A }: Shape): { bias: Bias; plain: Float32Array } {
  const rowStride = Math.ceil(S / 4) * 4 + 4;
  const values = new Float32Array((shared ? 1 : A) * M * rowStride).fill(Number.NaN);
  const draws = numbers.ordinary(values.length);
  const plain = new Float32Array(A * M * S);
  for (let a = 0; a < A; a++) {
    for (let m = 0; m < M; m++) {
      for (let t = 0; t < S; t++) {
        const at = ((shared ? 0 : a) * M + m) * rowStride + t;
        const masked = t > 0 && (m === 0 || draws[at]! > 0.3);
        values[at] = masked ? -3.4028234663852886e38 : 3 * draws[at]!;
        plain[(a * M + m) * S + t] = values[at]!;
      }
    }
  }
  return { bias: { values, rowStride, headStride: shared ? 0 : M * rowStride }, plain };
}

const shape = fc
  .record({
    S: fc.integer({ min: 1, max: 70 }),
    queries: fc.constantFrom("all", "one", "some"),
    heads: fc.constantFrom([1, 16], [2, 12], [3, 16], [2, 32], [1, 64]),
  })
  .map(({ S, queries, heads: [A, D] }): Shape => {
    return { S, M: queries === "all" ? S : queries === "one" ? 1 : Math.ceil(S / 2), A: A!, D: D! };
  });

describe.each(builds)("attention_f32, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  /** Compares a call with the reference, and checks that nothing is written between the rows of y. */
  function check(
    operands: Operands,
    size: Shape,
    sharpness: number,
    options: AttentionOptions,
    bias: Bias | undefined,
    wanted: boolean,
  ): void {
    const { M, S, A, D } = size;
    const factor = Math.fround(sharpness / Math.sqrt(D));
    const { y, stride, probs } = run(arena, operands, size, factor, options, bias, wanted);
    const expected = attention(operands.q, operands.k, operands.v, M, S, A, D, factor, options);
    const largest = operands.v.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const tolerance = 2e-6 * (1 + sharpness);
    const wide = align(D) * A;
    const placed = Float64Array.from(placeHeads(Float32Array.from(expected.y), A, D, stride, 0));
    for (let m = 0; m < M; m++) {
      const row = y.subarray(m * stride, m * stride + wide);
      expectClose(row, placed.subarray(m * stride, m * stride + wide), () => tolerance * largest);
      expect(y.subarray(m * stride + wide, (m + 1) * stride).every(Number.isNaN), "between the rows").toBe(true);
    }
    if (probs) expectClose(probs, expected.probs, (p) => tolerance * (Math.abs(p) + 1e-3));
  }

  function draw(numbers: Source, { M, S, A, D }: Shape): Operands {
    return { q: numbers.ordinary(M * A * D), k: numbers.ordinary(S * A * D), v: numbers.ordinary(S * A * D) };
  }

  it("attends like the reference", () => {
    const sharpness = fc.constantFrom(1e-3, 1, 30);
    fc.assert(
      fc.property(source, shape, sharpness, fc.boolean(), fc.boolean(), (numbers, size, sharp, causal, wanted) =>
        check(draw(numbers, size), size, sharp, { causal }, undefined, wanted),
      ),
      { numRuns: 60 },
    );
  });

  it("adds a bias to the scores and multiplies the probabilities of each head like the reference", () => {
    const flags = fc.record({
      causal: fc.boolean(),
      biased: fc.boolean(),
      shared: fc.boolean(),
      weighted: fc.boolean(),
      wanted: fc.boolean(),
    });
    fc.assert(
      fc.property(source, shape, flags, (numbers, size, { causal, biased, shared, weighted, wanted }) => {
        const random = biased ? randomBias(numbers, shared, size) : undefined;
        const options = {
          causal,
          ...(random && { bias: random.plain }),
          ...(weighted && { headFactor: numbers.ordinary(size.A) }),
        };
        check(draw(numbers, size), size, 1, options, random?.bias, wanted);
      }),
      { numRuns: 80 },
    );
  });

  it("attends equally to all keys if every one of them is masked by the same number", () => {
    const size: Shape = { M: 6, S: 7, A: 1, D: 16 };
    const q = Float32Array.from({ length: 96 }, (_, i) => Math.sin(i));
    const k = Float32Array.from({ length: 112 }, (_, i) => Math.cos(i));
    const v = Float32Array.from({ length: 112 }, (_, i) => i % 16);
    for (const mask of [-3.4028234663852886e38, Number.NEGATIVE_INFINITY]) {
      const bias = { values: new Float32Array(48).fill(mask), rowStride: 8, headStride: 0 };
      const { y, stride } = run(arena, { q, k, v }, size, 1, {}, bias, false);
      for (let m = 0; m < 6; m++) {
        const means = Float64Array.from({ length: 16 }, (_, d) => d);
        expectClose(y.subarray(m * stride, m * stride + 16), means, (value) => 1e-6 * (1 + value));
      }
    }
  });

  it("stays precise when all scores are far from zero", () => {
    const [S, D] = [21, 16];
    for (const sign of [1, -1]) {
      const q = new Float32Array(S * D).fill(100);
      const k = Float32Array.from({ length: S * D }, (_, i) => sign * (100 + Math.floor(i / D) / 1024));
      const v = Float32Array.from({ length: S * D }, (_, i) => i % 7);
      arena.reset();
      const [atQ, atK, atV] = [arena.input(q), arena.input(k), arena.input(v)];
      const [y, scratch] = [arena.output(4 * S * D), arena.output(arena.exports.attention_scratch(S, D))];
      arena.call((kernel) => kernel.attention_f32(atQ, 4 * D, atK, atV, 4 * D, y, 4 * D, scratch, 0, S, S, 1, D, 1, 0));
      expectClose(arena.f32(y, S * D), attention(q, k, v, S, S, 1, D, 1).y, () => 0.05);
    }
  });
});
