// Thresholds for abstaining, on examples whose answers are known.
import { expect, test } from "vitest";
import { fitAgreement, fitEnergy, fitThresholds } from "../../src/train/abstention.ts";
import { fitTemperature } from "../../src/train/temperature.ts";

const names = ["a", "b", "oos"];

test("the energy refuses the given part of the examples, and counts those that are answered right alone", () => {
  const count = 100;
  // Sure of a by n / 10; every tenth is wrong, with little energy.
  const logits = Float32Array.from({ length: 3 * count }, (_, i) => (i % 3 === 0 ? Math.floor(i / 3) / 10 : -20));
  const labels = Int32Array.from({ length: count }, (_, n) => (n % 10 === 0 ? 1 : 0));
  expect(fitEnergy(logits, labels, names, { lost: 0.05 })).toBeCloseTo(0.6, 5);
  expect(fitEnergy(logits, labels, names, { lost: 0 })).toBeCloseTo(0.1, 5);
});

test("a label that means out of scope does not count", () => {
  const logits = Float32Array.of(2, 0, 9, 2, 0, -9);
  expect(fitEnergy(logits, Int32Array.of(2, 0), names, { without: "oos" })).toBeCloseTo(Math.log(Math.exp(2) + 1), 5);
});

test("a label's threshold is the least probability from which its answers are right as often as wanted", () => {
  const rows = [
    [4, 0, 0],
    [3, 0, 0],
    [2, 0, 0],
    [1, 0, 0],
    [0, 3, 0],
  ];
  const labels = Int32Array.of(0, 0, 1, 0, 0);
  const probability = (logit: number) => Math.exp(logit) / (Math.exp(logit) + 2);
  const thresholds = (precision: number) => fitThresholds(Float32Array.from(rows.flat()), labels, 3, 1, precision);
  expect(thresholds(1)[0]).toBeCloseTo(probability(3), 5);
  expect(thresholds(0.75)[0]).toBeCloseTo(probability(1), 5);
  expect(thresholds(0.75).slice(1)).toEqual([1, 1]);
});

test("a few examples that are all right make no certainty", () => {
  const logits = Float32Array.of(3, 0, 0, 3);
  const labels = Int32Array.of(0, 1);
  expect(fitTemperature(logits, labels)).toBeLessThan(0.1);
  const temperature = fitTemperature(logits, labels, 1 / 4);
  expect(1 / (1 + Math.exp(-3 / temperature))).toBeCloseTo(7 / 8, 5);
});

test("a threshold of agreement is over all requests, of which the teacher saw some more often than others", () => {
  const at = (probability: number, count: number, wrong: number, weight: number) =>
    Array.from({ length: count }, (_, n) => ({ probability, agrees: n >= wrong, weight }));
  // At 0.9 all agree; at 0.8 half of them, but they stand for a tenth of the requests.
  const comparisons = [...at(0.8, 40, 20, 1), ...at(0.9, 40, 0, 9)];
  expect(fitAgreement(comparisons, 0.95)).toBe(0.8);
  expect(fitAgreement(comparisons, 0.96)).toBe(0.9);
  expect(fitAgreement(at(0.9, 40, 10, 1), 0.9)).toBeUndefined();
  expect(fitAgreement(at(0.9, 29, 0, 1), 0.9)).toBeUndefined();
  expect(fitAgreement([], 0.5)).toBeUndefined();
});
