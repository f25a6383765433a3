// Linear heads against scikit-learn's, and the optimiser by itself.
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../src/random.ts";
import { minimize } from "../../src/train/lbfgs.ts";
import {
  balancedWeights,
  fitMultiLabel,
  fitMultinomial,
  fitRegression,
  logitsOf,
  type Vectors,
} from "../../src/train/linear-head.ts";
import { readJsonFixture } from "../fixtures.ts";

interface Golden {
  readonly vectors: readonly number[][];
  readonly labels: readonly number[];
  readonly test_vectors: readonly number[][];
  readonly heads: readonly GoldenHead[];
}
interface GoldenHead {
  readonly kind: string;
  readonly C: number;
  readonly class_weight: "balanced" | null;
  readonly alpha: number;
  readonly labels: readonly number[][];
  readonly targets: readonly number[];
  readonly weight: readonly number[][] | readonly number[];
  readonly bias: readonly number[] | number;
  readonly probabilities: readonly number[][];
  readonly predictions: readonly number[];
}

const golden = await readJsonFixture<Golden>("test/goldens/training/heads.json.gz");
const vectorsOf = (rows: readonly number[][]): Vectors => ({
  values: Float32Array.from(rows.flat()),
  width: rows[0]!.length,
});
const vectors = vectorsOf(golden.vectors);
const unseen = vectorsOf(golden.test_vectors);
const labels = Int32Array.from(golden.labels);
// The goldens' optimiser stops at 1e-8.
const tolerance = 1e-9;

function farthest(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!)));
}
const headsOf = (kind: string) => golden.heads.filter((head) => head.kind === kind);

test("probabilities of labels are worth as much as an example of each label with that weight", async () => {
  const [K, N] = [5, labels.length];
  const random = mulberry32(3);
  const targets = new Float32Array(N * K);
  for (let n = 0; n < N; n++) {
    const other = Math.floor(random() * K);
    targets[n * K + labels[n]!]! += 0.75;
    targets[n * K + other]! += 0.25;
  }
  const soft = await fitMultinomial(vectors, labels, K, { strength: 2, targets, tolerance });
  const rows = Array.from(targets.keys()).filter((i) => targets[i]! > 0);
  const repeated = {
    values: Float32Array.from(rows.flatMap((i) => golden.vectors[Math.floor(i / K)]!)),
    width: vectors.width,
  };
  const weights = Float64Array.from(rows, (i) => targets[i]!);
  const hard = await fitMultinomial(
    repeated,
    Int32Array.from(rows, (i) => i % K),
    K,
    {
      strength: 2,
      exampleWeights: weights,
      tolerance,
    },
  );
  expect(farthest(soft.weight, Array.from(hard.weight))).toBeLessThan(1e-4);
  expect(farthest(soft.bias, Array.from(hard.bias))).toBeLessThan(1e-4);
});

describe("scikit-learn's", () => {
  test.each(headsOf("multinomial"))("logistic regression, C = $C, class weights $class_weight", async (head) => {
    const K = 5;
    const exampleWeights = head.class_weight === "balanced" ? balancedWeights(labels, K) : undefined;
    const fitted = await fitMultinomial(vectors, labels, K, { strength: head.C, exampleWeights, tolerance });
    const logits = logitsOf(unseen, fitted);
    const probabilities = Array.from({ length: logits.length / K }, (_, n) => {
      const exps = Array.from(logits.subarray(n * K, (n + 1) * K), Math.exp);
      const total = exps.reduce((a, b) => a + b);
      return exps.map((value) => value / total);
    });
    expect(farthest(probabilities.flat(), head.probabilities.flat())).toBeLessThan(1e-4);
    expect(farthest(fitted.weight, head.weight.flat())).toBeLessThan(1e-4);
  });

  test.each(headsOf("one against the rest"))("logistic regression of each label", (head) => {
    const K = 3;
    const fitted = fitMultiLabel(vectors, Uint8Array.from(head.labels.flat()), K, { strength: head.C, tolerance });
    const probabilities = logitsOf(unseen, fitted).map((x) => 1 / (1 + Math.exp(-x)));
    expect(farthest(probabilities, head.probabilities.flat())).toBeLessThan(1e-4);
    expect(farthest(fitted.weight, head.weight.flat())).toBeLessThan(1e-4);
  });

  test.each(headsOf("ridge"))("ridge regression", (head) => {
    const fitted = fitRegression(vectors, Float64Array.from(head.targets), { strength: 1 / head.alpha });
    expect(farthest(fitted.weight, head.weight as readonly number[])).toBeLessThan(1e-4);
    expect(farthest(fitted.bias, [head.bias as number])).toBeLessThan(1e-4);
    expect(farthest(logitsOf(unseen, fitted), head.predictions)).toBeLessThan(1e-4);
  });
});

test("a narrow valley is followed to its end", () => {
  // Rosenbrock's function.
  const { point, converged } = minimize(
    ([x = 0, y = 0], gradient) => {
      gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
      gradient[1] = 200 * (y - x * x);
      return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
    },
    Float64Array.of(-1.2, 1),
    { tolerance: 1e-8 },
  );
  expect(converged).toBe(true);
  expect(farthest(point, [1, 1])).toBeLessThan(1e-6);
});

test("what cannot be minimised further is returned as it is", () => {
  const { iterations, converged } = minimize(() => 5, Float64Array.of(1, 2));
  expect([iterations, converged]).toEqual([0, true]);
  const stopped = minimize(
    ([x = 0], gradient) => {
      gradient[0] = 1;
      return -x;
    },
    Float64Array.of(0),
    { maxIterations: 3 },
  );
  expect(stopped.converged).toBe(false);
});
