// Reports of heads of several labels and of numbers: scikit-learn 1.9.1's and SciPy's metrics, and folds that are held back.
import { expect, test } from "vitest";
import { mulberry32 } from "../../src/random.ts";
import { evaluateLabels } from "../../src/train/evaluate-labels.ts";
import { evaluateNumbers } from "../../src/train/evaluate-numbers.ts";
import { measureLabels, measureNumbers } from "../../src/train/measure-held-back.ts";

const TARGETS = [0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1];
const ANSWERS = [1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0];

test("several labels: F1, precision, recall and exact matches are scikit-learn's", () => {
  const logits = Float32Array.from(ANSWERS, (given) => (given === 1 ? 0.3 : -0.3));
  const report = evaluateLabels(logits, Uint8Array.from(TARGETS), ["a", "b", "c"]);
  expect(report.micro_f1).toBeCloseTo(0.5, 12);
  expect(report.macro_f1).toBeCloseTo(0.4296296296296296, 12);
  expect([report.examples, report.exact]).toEqual([8, 0.125]);
  expect(report.labels.map(({ label, examples }) => [label, examples])).toEqual([
    ["a", 4],
    ["b", 1],
    ["c", 2],
  ]);
  expect(report.labels.map(({ precision }) => precision)).toEqual([0.8, 0, 1 / 3]);
  expect(report.labels.map(({ recall }) => recall)).toEqual([1, 0, 0.5]);
});

test("several labels: a label that is neither there nor given counts as 0, and nothing divides by it", () => {
  const report = evaluateLabels(Float32Array.of(1, -1), Uint8Array.of(1, 0), ["a", "b"]);
  expect([report.macro_f1, report.micro_f1]).toEqual([0.5, 1]);
  expect(report.labels[1]).toEqual({ label: "b", examples: 0, precision: 0, recall: 0 });
});

test("numbers: errors and correlations are scikit-learn's and SciPy's, with ranks that are shared", () => {
  const report = evaluateNumbers([1.5, 1.5, 2.5, 3, 4, 4.5, 0, 1.5], Float64Array.of(1, 2, 2, 3.5, 5, 4, 1, 0.5));
  expect(report.mean_absolute_error).toBeCloseTo(0.6875, 12);
  expect(report.root_mean_squared_error).toBeCloseTo(0.7288689868556626, 12);
  expect(report.r2).toBeCloseTo(0.7687074829931972, 12);
  expect(report.pearson).toBeCloseTo(0.8785916655537187, 12);
  expect(report.spearman).toBeCloseTo(0.864263397068391, 12);
});

test("numbers that do not vary have no correlation, and nothing divides by 0", () => {
  const report = evaluateNumbers([1, 2], Float64Array.of(3, 3));
  expect(report).toMatchObject({ r2: 0, pearson: 0, spearman: 0, mean_absolute_error: 1.5 });
});

test("what is measured on held-back folds cannot be learned by heart", () => {
  const random = mulberry32(9);
  const [N, width] = [60, 40];
  const vectors = { values: Float32Array.from({ length: N * width }, () => random() - 0.5), width };
  const numbers = Array.from({ length: N }, (_, n) => ({ text: `${n}`, label: random() }));
  const options = { strength: 1e3, folds: 5, seed: 0 };
  expect(measureNumbers(vectors, numbers, options).r2).toBeLessThan(0);
  const labels = numbers.map(({ text }) => ({ text, label: random() < 0.5 ? ["a"] : [] }));
  expect(measureLabels(vectors, labels, ["a"], options).exact).toBeLessThan(0.75);
});

test("what vectors show is found on held-back folds", () => {
  const random = mulberry32(2);
  const [N, width] = [60, 3];
  const vectors = { values: Float32Array.from({ length: N * width }, () => random() - 0.5), width };
  const at = (n: number, h: number) => vectors.values[n * width + h]!;
  const options = { strength: 1e3, folds: 5, seed: 0 };
  const numbers = Array.from({ length: N }, (_, n) => ({ text: `${n}`, label: 2 * at(n, 0) - at(n, 1) }));
  expect(measureNumbers(vectors, numbers, options).r2).toBeGreaterThan(0.999);
  const labels = numbers.map(({ text }, n) => ({
    text,
    label: [...(at(n, 0) > 0 ? ["a"] : []), ...(at(n, 1) > 0 ? ["b"] : [])],
  }));
  expect(measureLabels(vectors, labels, ["a", "b"], options).exact).toBeGreaterThan(0.85);
});
