import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { multiplierIndex, qm4wIndex } from "../../../src/quantize/layout.ts";
import { Activation } from "../../../src/wasm/kernels/abi.ts";
import { accumulate, gemmQd8, multiply } from "../../../src/wasm/kernels/reference/gemm.ts";
import { quantize } from "../../../src/wasm/kernels/reference/quantize.ts";
import { type Arena, builds, openArena } from "./arena.ts";
import { expectClose, rows, type Source, source, spare, steepestSlope, unrotated } from "./values.ts";

/** w [N][K] in −8…7 and their multipliers [N][K/32]. */
interface Blocks {
  readonly w: Int8Array;
  readonly multiplier: Int8Array;
}

function random(numbers: Source, N: number, K: number): Blocks {
  return {
    w: Int8Array.from(numbers.integers(N * K, 8), (value) => Math.min(value, 7)),
    multiplier: Int8Array.from(numbers.integers(N * Math.ceil(K / 32), 127)),
  };
}

/** In the qm4w layout. */
function pack({ w, multiplier }: Blocks, N: number, K: number): { weight: Uint8Array; multipliers: Int8Array } {
  const weight = new Uint8Array((N * K) / 2);
  const multipliers = new Int8Array(multiplier.length);
  const blocks = Math.ceil(K / 32);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const { byte, shift } = qm4wIndex(n, k, K);
      weight[byte]! |= (w[n * K + k]! + 8) << shift;
    }
    for (let b = 0; b < blocks; b++) multipliers[multiplierIndex(n, 32 * b, K)] = multiplier[n * blocks + b]!;
  }
  return { weight, multipliers };
}

interface Product extends Blocks {
  readonly x: Float32Array;
  readonly wscale: Float32Array;
  readonly bias: Float32Array;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly gap?: number;
  readonly activation?: Activation;
  /** x holds q, and the scale of every row is set to 1: y is the integer sums. */
  readonly unit?: boolean;
}

/** Quantises x [M][K] and multiplies. */
function run(arena: Arena, product: Product): Float32Array {
  const { x, wscale, bias, M, N, K, gap = 0, activation = Activation.none, unit = false } = product;
  const ldy = N + gap;
  arena.reset();
  const from = arena.input(unit ? unrotated(x) : x);
  const q = arena.output(arena.exports.qd8_bytes(M, K));
  const [scale, sum] = [arena.output(4 * spare(M)), arena.output(4 * spare(M))];
  const { weight, multipliers } = pack(product, N, K);
  const [w, m] = [arena.input(weight), arena.input(new Uint8Array(multipliers.buffer))];
  const [ws, b] = [arena.input(wscale), arena.input(bias)];
  arena.call((kernel) => kernel.quantize_f32_qd8(from, 4 * K, q, scale, sum, M, K));
  if (unit) arena.f32(scale, M).fill(1);
  const y = arena.output(4 * M * ldy);
  arena.call((kernel) => kernel.gemm_qd8_f32_qm4w(q, scale, w, m, ws, b, y, 4 * ldy, M, N, K, activation));
  const values = new Float32Array(M * N);
  for (let i = 0; i < M; i++) {
    values.set(arena.f32(y + 4 * i * ldy, N), i * N);
    expect(arena.f32(y + 4 * (i * ldy + N), gap).every(Number.isNaN), "between the rows").toBe(true);
  }
  return values;
}

// Whole blocks of 32 inputs, and half a block at the end.
const outputs = fc.constantFrom(16, 48);
const inputs = fc.constantFrom(16, 32, 48, 304, 320);

describe.each(builds)("gemm_qd8_f32_qm4w, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  it("sums integers exactly", () => {
    fc.assert(
      fc.property(source, rows, outputs, inputs, fc.constantFrom(0, 16), (numbers, M, N, K, gap) => {
        // Two of five values are at the ends, where 16-bit sums come closest to overflow.
        const x = Float32Array.from(numbers.integers(M * K, 127));
        for (let m = 0; m < M; m++) x[m * K] = 127;
        const blocks = random(numbers, N, K);
        const [wscale, bias] = [new Float32Array(N).fill(1), new Float32Array(N)];
        const y = run(arena, { x, ...blocks, wscale, bias, M, N, K, gap, unit: true });
        const exact = accumulate(Int8Array.from(x), multiply(blocks.w, blocks.multiplier, K), M, N, K);
        expect(y).toEqual(Float32Array.from(exact));
      }),
      { numRuns: 60 },
    );
  });

  it("does not overflow if every product is as large as possible", () => {
    const [M, N, K] = [5, 16, 4096];
    for (const q of [127, -127]) {
      for (const w of [-8, 7]) {
        for (const m of [127, -127]) {
          const y = run(arena, {
            x: new Float32Array(M * K).fill(q),
            w: new Int8Array(N * K).fill(w),
            multiplier: new Int8Array((N * K) / 32).fill(m),
            wscale: new Float32Array(N).fill(1),
            bias: new Float32Array(N),
            ...{ M, N, K, unit: true },
          });
          expect(y).toEqual(new Float32Array(M * N).fill(q * w * m * K));
        }
      }
    }
  });

  it("scales, adds the bias and activates like the reference", () => {
    const activations = fc.constantFrom(...Object.values(Activation));
    fc.assert(
      fc.property(source, rows, outputs, inputs, activations, (numbers, M, N, K, activation) => {
        const x = numbers.matrix(M, K);
        const blocks = random(numbers, N, K);
        const wscale = numbers.ordinary(N).map((s) => Math.abs(s) / 5e3);
        const bias = numbers.ordinary(N);
        const y = run(arena, { x, ...blocks, wscale, bias, M, N, K, activation });
        const whole = multiply(blocks.w, blocks.multiplier, K);
        const plain = gemmQd8(quantize(x, M, K), whole, wscale, bias, M, N, K, Activation.none);
        const expected = gemmQd8(quantize(x, M, K), whole, wscale, bias, M, N, K, activation);
        const coarse = activation === Activation.gelu || activation === Activation.gelu_10 ? 4e-5 : 0;
        expectClose(y, expected, (_, i) => {
          const limit = 1 + Math.abs(plain[i]!);
          return coarse + 1e-6 * limit * steepestSlope(activation, limit);
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe("the builds", () => {
  it("agree bit for bit without an activation", async () => {
    const arenas = await Promise.all(builds.map(openArena));
    fc.assert(
      fc.property(source, rows, outputs, inputs, (numbers, M, N, K) => {
        const product = {
          ...{ x: numbers.matrix(M, K), ...random(numbers, N, K), M, N, K },
          ...{ wscale: numbers.ordinary(N), bias: numbers.ordinary(N) },
        };
        const [relaxed, baseline] = arenas.map((arena) => new Uint8Array(run(arena, product).buffer));
        expect(relaxed).toEqual(baseline);
      }),
      { numRuns: 20 },
    );
  });
});
