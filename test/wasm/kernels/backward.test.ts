// The kernels of training on odd shapes, against differences of the plain forward references, or plain loops.
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { align } from "../../../src/quantize/layout.ts";
import { Activation } from "../../../src/wasm/kernels/abi.ts";
import { activate } from "../../../src/wasm/kernels/reference/activation.ts";
import { attention } from "../../../src/wasm/kernels/reference/attention.ts";
import { keepFactor } from "../../../src/wasm/kernels/reference/dropout.ts";
import { layernorm } from "../../../src/wasm/kernels/reference/layernorm.ts";
import {
  binaryCrossEntropy,
  cosinePairs,
  crossEntropy,
  normalize,
  squaredError,
} from "../../../src/wasm/kernels/reference/losses.ts";
import type { TrainingExports } from "../../../src/wasm/kernels/training-abi.ts";
import { type Arena, builds, openTrainingArena } from "./arena.ts";
import { gradient, weighted } from "./gradient.ts";
import { expectClose, padRows, type Source, source, spare, unpadRows } from "./values.ts";

const rows = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9);
const columns = fc.constantFrom(1, 2, 3, 12, 16, 17, 35);
const RUNS = { numRuns: 25 };

/** f32 rounding of sums of some dozens of terms. */
const near = (expected: number) => 2e-5 + 2e-4 * Math.abs(expected);

describe.each(builds)("%s", (build) => {
  let arena: Arena<TrainingExports>;
  beforeAll(async () => {
    arena = await openTrainingArena(build);
  });

  /** Rows padded to whole vectors, with the spare rows that a tile may write. */
  const matrix = (values: Float32Array, N: number): Float32Array => {
    const padded = padRows(values, N);
    const whole = new Float32Array(spare(values.length / N) * align(N));
    whole.set(padded);
    return whole;
  };
  const input = (values: Float32Array, N: number) => arena.input(matrix(values, N));
  const output = (values: Float32Array, N: number) => arena.output(matrix(values, N));
  const blank = (M: number, N: number) => arena.output(4 * spare(M) * align(N));
  const read = (at: number, M: number, N: number) => unpadRows(arena.f32(at, M * align(N)).slice(), N);
  const property = (
    ...args: [fc.Arbitrary<number>, fc.Arbitrary<number>, (numbers: Source, M: number, N: number) => void]
  ) => {
    const [first, second, run] = args;
    fc.assert(
      fc.property(source, first, second, (numbers, M, N) => {
        arena.reset();
        run(numbers, M, N);
      }),
      RUNS,
    );
  };

  const ACTIVATIONS = Object.entries(Activation).filter(
    (entry): entry is [string, Activation] => typeof entry[1] === "number",
  );
  it.each(ACTIVATIONS)("activation_backward_f32: %s", (_name, activation) => {
    property(rows, columns, (numbers, M, N) => {
      // Away from the corners of those that have some.
      const x = numbers.ordinary(M * N).map((value) => (Math.abs(value) < 0.01 ? 0.5 : value));
      const dy = numbers.ordinary(M * N);
      const [at, d, dx] = [input(x, N), input(dy, N), blank(M, N)];
      arena.call((kernel) => kernel.activation_backward_f32(at, d, dx, 4 * align(N), M, N, activation));
      const expected = gradient(
        (v) =>
          weighted(
            dy,
            v.map((value) => activate(value, activation)),
          ),
        x,
      );
      expectClose(read(dx, M, N), expected, near);
    });
  });

  it("layernorm_backward_f32: of its input, and added to those of gamma and beta", () => {
    const eps = 1e-5;
    property(rows, fc.constantFrom(2, 3, 12, 16, 35), (numbers, M, H) => {
      const [v, dy, gamma, beta] = [M * H, M * H, H, H].map((length) => numbers.ordinary(length)) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const begun = numbers.ordinary(H);
      const [at, d, g, dv] = [input(v, H), input(dy, H), arena.input(padRows(gamma, H)), blank(M, H)];
      const [dgamma, dbeta] = [arena.output(padRows(begun, H)), arena.output(padRows(begun, H))];
      arena.call((kernel) => kernel.layernorm_backward_f32(at, d, g, dv, dgamma, dbeta, 4 * align(H), M, H, eps));
      const loss = (x: ArrayLike<number>, by: ArrayLike<number>, plus: ArrayLike<number>) =>
        weighted(dy, layernorm(x, undefined, by, plus, M, H, eps));
      // A row with little variance has a steep gradient.
      const steep = (value: number) => 1e-3 + 1e-3 * Math.abs(value);
      expectClose(
        read(dv, M, H),
        gradient((x) => loss(x, gamma, beta), v),
        steep,
      );
      const plus = (values: Float64Array) => values.map((value, h) => value + begun[h]!);
      expectClose(arena.f32(dgamma, H), plus(gradient((x) => loss(v, x, beta), gamma)), steep);
      expectClose(arena.f32(dbeta, H), plus(gradient((x) => loss(v, gamma, x), beta)), near);
    });
  });

  it.each([0, 0.3])("attention_dropout_f32 and attention_backward_f32, dropout %d", (rate) => {
    const [A, D, seed] = [2, 16, 77];
    property(rows, fc.constantFrom(0, 1, 5), (numbers, M, more) => {
      const S = M + more;
      const width = A * D;
      const factor = 1 / Math.sqrt(D);
      const causal = more === 0;
      const [q, k, v, dy] = [M, S, S, M].map((count) => numbers.ordinary(count * width)) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      /** What the layer computes, with dropout of its probabilities. */
      const forward = (q: ArrayLike<number>, k: ArrayLike<number>, v: ArrayLike<number>) => {
        const { probs } = attention(q, k, v, M, S, A, D, factor, { causal });
        const y = new Float64Array(M * width);
        for (let a = 0; a < A; a++)
          for (let m = 0; m < M; m++)
            for (let s = 0; s < S; s++) {
              const index = (a * M + m) * S + s;
              const kept = probs[index]! * keepFactor(rate, seed, index);
              for (let d = a * D; d < (a + 1) * D; d++) y[m * width + d]! += kept * v[s * width + d]!;
            }
        return { probs, y };
      };
      const { probs, y } = forward(q, k, v);
      const p = arena.input(Float32Array.from(probs));
      const [qAt, kAt, vAt, dyAt] = [q, k, v, dy].map((values) => input(values, width)) as [
        number,
        number,
        number,
        number,
      ];
      const [dq, dk, dv, yAt] = [M, S, S, M].map((count) => arena.output(4 * (count + 8) * width)) as [
        number,
        number,
        number,
        number,
      ];
      const scratch = arena.output(arena.exports.attention_backward_scratch(M, S, D));
      const stride = 4 * width;
      arena.call((kernel) =>
        kernel.attention_dropout_f32(p, vAt, stride, yAt, stride, scratch, M, S, A, D, rate, seed),
      );
      expectClose(arena.f32(yAt, M * width), y, near);
      arena.call((kernel) =>
        kernel.attention_backward_f32(
          ...([qAt, kAt, vAt, stride, p, dyAt, stride, dq, dk, dv, scratch, M, S, A, D, factor, rate, seed] as const),
        ),
      );
      const loss = (a: ArrayLike<number>, b: ArrayLike<number>, c: ArrayLike<number>) =>
        weighted(dy, forward(a, b, c).y);
      expectClose(
        arena.f32(dq, M * width),
        gradient((x) => loss(x, k, v), q),
        near,
      );
      expectClose(
        arena.f32(dk, S * width),
        gradient((x) => loss(q, x, v), k),
        near,
      );
      expectClose(
        arena.f32(dv, S * width),
        gradient((x) => loss(q, k, x), v),
        near,
      );
    });
  });

  it("pack_f32, transpose_f32, gemm_accumulate_f32 and sum_rows_f32: what a dense layer adds to its gradients", () => {
    property(rows, columns, (numbers, M, N) => {
      const K = 35;
      const [x, w, dy] = [M * K, N * K, M * N].map((length) => numbers.ordinary(length)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const [dxBegun, dwBegun, dbBegun] = [M * K, N * K, N].map((length) => numbers.ordinary(length)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const [n, k] = [align(N), align(K)];
      const [xAt, wAt, dyAt] = [input(x, K), arena.input(padTo(w, N, K)), input(dy, N)];
      const [dx, dw, db] = [output(dxBegun, K), arena.output(padTo(dwBegun, N, K)), arena.output(padRows(dbBegun, N))];
      const [wPanels, xPanels, turned] = [
        arena.output(4 * n * k),
        arena.output(4 * M * k),
        arena.output(4 * n * spare(M)),
      ];
      arena.call((kernel) => {
        kernel.pack_f32(wAt, 4 * k, wPanels, N, k);
        kernel.gemm_accumulate_f32(dyAt, 4 * n, wPanels, dx, 4 * k, M, k, N);
        kernel.pack_f32(xAt, 4 * k, xPanels, M, k);
        kernel.transpose_f32(dyAt, 4 * n, turned, 4 * spare(M), M, n);
        kernel.gemm_accumulate_f32(turned, 4 * spare(M), xPanels, dw, 4 * k, n, k, M);
        kernel.sum_rows_f32(dyAt, 4 * n, db, M, n);
      });
      const product = (a: ArrayLike<number>, b: ArrayLike<number>, bias: ArrayLike<number>) => {
        const y = new Float64Array(M * N);
        for (let i = 0; i < M * N; i++) {
          const [m, c] = [Math.floor(i / N), i % N];
          y[i] = bias[c]!;
          for (let d = 0; d < K; d++) y[i]! += a[m * K + d]! * b[c * K + d]!;
        }
        return y;
      };
      const none = new Float64Array(N);
      const plus = (values: Float64Array, begun: Float32Array) => values.map((value, i) => value + begun[i]!);
      expectClose(
        read(dx, M, K),
        plus(
          gradient((v) => weighted(dy, product(v, w, none)), x),
          dxBegun,
        ),
        near,
      );
      expectClose(
        read(dw, N, K),
        plus(
          gradient((v) => weighted(dy, product(x, v, none)), w),
          dwBegun,
        ),
        near,
      );
      expectClose(
        arena.f32(db, N),
        plus(
          gradient((v) => weighted(dy, product(x, w, v)), none),
          dbBegun,
        ),
        near,
      );
    });
  });

  it("embed_rows_f32 and embed_backward_f32: rows by index, added up where one occurs twice, none for a negative one", () => {
    property(rows, fc.constantFrom(16, 32, 48), (numbers, M, K) => {
      const V = 5;
      const [table, dtable, dy] = [V * K, V * K, M * K].map((length) => numbers.ordinary(length)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const index = numbers.integers(M, 2).map((value) => value + 2);
      const trained = index.map((value) => (value === 0 ? -1 : value));
      const [tableAt, indexAt, trainedAt, dyAt] = [
        arena.input(table),
        arena.input(index),
        arena.input(trained),
        arena.input(dy),
      ];
      const [y, dtableAt] = [arena.output(4 * M * K), arena.output(dtable)];
      arena.call((kernel) => {
        kernel.embed_rows_f32(tableAt, indexAt, y, M, K, 0);
        kernel.embed_rows_f32(tableAt, indexAt, y, M, K, 1);
        kernel.embed_backward_f32(dyAt, trainedAt, dtableAt, M, K);
      });
      const expected = Float64Array.from(dtable);
      for (const [m, row] of trained.entries())
        for (let d = 0; row >= 0 && d < K; d++) expected[row * K + d]! += dy[m * K + d]!;
      expect(arena.f32(y, M * K)).toEqual(
        Float32Array.from({ length: M * K }, (_, i) => 2 * table[index[Math.floor(i / K)]! * K + (i % K)]!),
      );
      expectClose(arena.f32(dtableAt, V * K), expected, near);
    });
  });

  const SCALE = 0.25;
  it("softmax_cross_entropy_f32: its sum, and its gradient, none for a row without a label", () => {
    property(rows, fc.constantFrom(2, 3, 16, 35), (numbers, M, C) => {
      const x = numbers.ordinary(M * C).map((value) => 3 * value);
      const labels = Int32Array.from({ length: M }, (_, m) => (m % 4 === 3 ? -100 : (m * 7) % C));
      const [at, label, dx] = [input(x, C), arena.input(labels), blank(M, C)];
      let sum = 0;
      arena.call((kernel) => {
        sum = kernel.softmax_cross_entropy_f32(at, label, dx, 4 * align(C), M, C, SCALE);
      });
      expect(sum).toBeCloseTo(crossEntropy(x, labels, C), 3);
      expectClose(
        read(dx, M, C),
        gradient((v) => SCALE * crossEntropy(v, labels, C), x),
        near,
      );
    });
  });

  it.each([
    ["binary_cross_entropy_f32", binaryCrossEntropy],
    ["squared_error_f32", squaredError],
  ] as const)("%s: its sum and its gradient", (name, loss) => {
    property(rows, columns, (numbers, M, C) => {
      const x = numbers.ordinary(M * C).map((value) => 3 * value);
      const targets = Float32Array.from({ length: M * C }, (_, i) => (i % 3) / 2);
      const [at, target, dx] = [input(x, C), input(targets, C), blank(M, C)];
      let sum = 0;
      arena.call((kernel) => {
        sum = kernel[name](at, target, dx, 4 * align(C), M, C, SCALE);
      });
      expect(sum / (1 + M * C)).toBeCloseTo(loss(x, targets) / (1 + M * C), 4);
      expectClose(
        read(dx, M, C),
        gradient((v) => SCALE * loss(v, targets), x),
        near,
      );
    });
  });

  it("normalize_f32, normalize_backward_f32 and cosine_pairs_f32: the cosine of pairs, and its gradient", () => {
    property(rows, fc.constantFrom(16, 32, 48), (numbers, M, K) => {
      const [a, b] = [numbers.ordinary(M * K), numbers.ordinary(M * K)];
      const labels = Float32Array.from({ length: M }, (_, m) => (m % 3) / 2);
      const [aAt, bAt, label] = [arena.input(a), arena.input(b), arena.input(labels)];
      const [na, nb, da, db] = Array.from({ length: 4 }, () => arena.output(4 * M * K)) as [
        number,
        number,
        number,
        number,
      ];
      let sum = 0;
      arena.call((kernel) => {
        kernel.normalize_f32(aAt, na, 4 * K, M, K);
        kernel.normalize_f32(bAt, nb, 4 * K, M, K);
        sum = kernel.cosine_pairs_f32(na, nb, label, da, db, 4 * K, M, K, SCALE);
        kernel.normalize_backward_f32(aAt, da, da, 4 * K, M, K);
        kernel.normalize_backward_f32(bAt, db, db, 4 * K, M, K);
      });
      const loss = (x: ArrayLike<number>, y: ArrayLike<number>) =>
        cosinePairs(normalize(x, K), normalize(y, K), labels, K);
      expectClose(arena.f32(na, M * K), normalize(a, K), near);
      expect(sum).toBeCloseTo(loss(a, b), 4);
      expectClose(
        arena.f32(da, M * K),
        gradient((x) => SCALE * loss(x, b), a),
        near,
      );
      expectClose(
        arena.f32(db, M * K),
        gradient((x) => SCALE * loss(a, x), b),
        near,
      );
    });
  });

  it("sum_squares_f32, add_f32 and adamw_f32: a step of the optimiser, with clipping and decay", () => {
    property(fc.constantFrom(4, 8, 12, 1028), fc.constantFrom(1, 2, 9), (numbers, count, step) => {
      const [w, g, m, more] = Array.from({ length: 4 }, () => numbers.ordinary(count)) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const v = numbers.ordinary(count).map((value) => value * value);
      const [wAt, gAt, mAt, vAt, moreAt] = [
        arena.output(w),
        arena.output(g),
        arena.output(m),
        arena.output(v),
        arena.input(more),
      ];
      const [rate, weightDecay, beta1, beta2, eps] = [0.01, 0.1, 0.9, 0.999, 1e-8];
      const gradients = g.map((value, i) => value + more[i]!);
      const squares = gradients.reduce((sum, value) => sum + value * value, 0);
      const clip = Math.min(1, 1 / Math.sqrt(squares));
      let measured = 0;
      arena.call((kernel) => {
        kernel.add_f32(moreAt, gAt, count);
        measured = kernel.sum_squares_f32(gAt, count);
        const root = 1 / Math.sqrt(1 - beta2 ** step);
        kernel.adamw_f32(
          ...([
            wAt,
            gAt,
            mAt,
            vAt,
            count,
            clip,
            rate * weightDecay,
            rate / (1 - beta1 ** step),
            root,
            beta1,
            beta2,
            eps,
          ] as const),
        );
      });
      expect(measured / squares).toBeCloseTo(1, 5);
      const [mean, square] = [
        Float64Array.from(m, (value, i) => beta1 * value + (1 - beta1) * clip * gradients[i]!),
        Float64Array.from(v, (value, i) => beta2 * value + (1 - beta2) * (clip * gradients[i]!) ** 2),
      ];
      const stepped = Float64Array.from(w, (value, i) => {
        const [first, second] = [mean[i]! / (1 - beta1 ** step), square[i]! / (1 - beta2 ** step)];
        return value * (1 - rate * weightDecay) - (rate * first) / (Math.sqrt(second) + eps);
      });
      expectClose(arena.f32(mAt, count), mean, near);
      expectClose(arena.f32(vAt, count), square, near);
      expectClose(arena.f32(wAt, count), stepped, near);
    });
  });

  it("dropout_f32 drops by its hash: the share that it is told, the same for the same seed", () => {
    const [count, rate] = [40_000, 0.1];
    const ones = new Float32Array(count).fill(1);
    const dropped = (seed: number) => {
      arena.reset();
      const x = arena.output(ones);
      arena.call((kernel) => kernel.dropout_f32(x, count, rate, seed));
      return arena.f32(x, count).slice();
    };
    const first = dropped(5);
    expectClose(
      first,
      Float64Array.from(ones, (_, i) => keepFactor(rate, 5, i)),
      () => 1e-6,
    );
    expect(first.filter((value) => value === 0).length / count).toBeCloseTo(rate, 2);
    expect(dropped(5)).toEqual(first);
    expect(dropped(6)).not.toEqual(first);
  });
});

/** [N][K] with N rounded up, too: a weight's rows are padded as its columns are. */
function padTo(values: Float32Array, N: number, K: number): Float32Array {
  const padded = new Float32Array(align(N) * align(K));
  padded.set(padRows(values, K));
  return padded;
}
