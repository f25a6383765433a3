// What held-back answers say: reliability, suspects, and the learning curve.
import { expect, test } from "vitest";
import { mulberry32 } from "../../src/random.ts";
import { learningCurve } from "../../src/train/learning-curve.ts";
import { reliabilityOf } from "../../src/train/reliability.ts";
import { suspectsOf } from "../../src/train/suspects.ts";
import { calibrationError } from "../../src/train/temperature.ts";

/** Logits of two labels whose softmax gives the first this probability. */
const logitsOf = (...probabilities: readonly number[]) =>
  Float32Array.from(probabilities.flatMap((p) => [Math.log(p / (1 - p)), 0]));

test("bins of confidence have how many examples fall into them, how sure and how often right these are", () => {
  const bins = reliabilityOf(logitsOf(0.95, 0.97, 0.62, 0.05), Int32Array.of(0, 1, 0, 1));
  expect(bins).toHaveLength(10);
  expect(bins.map(({ examples }) => examples)).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 3]);
  expect(bins[9]!.accuracy).toBeCloseTo(2 / 3, 6);
  expect(bins[9]!.confidence).toBeCloseTo((0.95 + 0.97 + 0.95) / 3, 5);
  expect(bins[0]).toEqual({ from: 0, to: 0.1, examples: 0, confidence: 0, accuracy: 0 });
});

test("bins sum up to the expected calibration error", () => {
  const random = mulberry32(3);
  const N = 400;
  const logits = Float32Array.from({ length: 3 * N }, () => 4 * random());
  const labels = Int32Array.from({ length: N }, () => Math.floor(3 * random()));
  const sum = reliabilityOf(logits, labels, 1.5, 15).reduce(
    (total, { examples, confidence, accuracy }) => total + (examples / N) * Math.abs(confidence - accuracy),
    0,
  );
  expect(sum).toBeCloseTo(calibrationError(logits, labels, 1.5), 6);
});

test("suspects are the examples whose own label is least probable, and predicted another", () => {
  const found = suspectsOf(logitsOf(0.9, 0.99, 0.3, 0.6), Int32Array.of(1, 1, 0, 0), ["a", "b"]);
  expect(found.map(({ index, label, predicted }) => [index, label, predicted])).toEqual([
    [1, "b", "a"],
    [0, "b", "a"],
    [2, "a", "b"],
  ]);
  expect(found[0]!.probability).toBeCloseTo(0.01, 5);
  expect(found[0]!.predicted_probability).toBeCloseTo(0.99, 5);
  expect(suspectsOf(logitsOf(0.9, 0.99), Int32Array.of(1, 1), ["a", "b"], 1, 1)).toHaveLength(1);
});

test("a learning curve has growing parts of the examples, and reaches the accuracy that the vectors allow", async () => {
  const random = mulberry32(5);
  const [N, width, K] = [200, 8, 2];
  const labels = Int32Array.from({ length: N }, (_, n) => n % K);
  const values = Float32Array.from({ length: N * width }, (_, i) => {
    const [n, h] = [Math.floor(i / width), i % width];
    return random() - 0.5 + (h === labels[n] ? 0.6 : 0);
  });
  const curve = await learningCurve({ values, width }, labels, K);
  expect(curve.map(({ examples }) => examples)).toEqual([16, 32, 64, 112, 160]);
  expect(curve.at(-1)!.accuracy).toBeGreaterThan(0.85);
  for (const { accuracy } of curve) expect(accuracy).toBeLessThanOrEqual(1);
  expect(await learningCurve({ values, width }, labels, K)).toEqual(curve);
});

test("a learning curve of very few examples has the steps that differ", async () => {
  const values = Float32Array.of(1, 0, 0, 1, 1, 0.1, 0.1, 1);
  const curve = await learningCurve({ values, width: 2 }, Int32Array.of(0, 1, 0, 1), 2);
  expect(curve.map(({ examples }) => examples)).toEqual([1, 2, 3]);
});
