// Temperatures against the reference's.
import { expect, test } from "vitest";
import { calibrationError, fitTemperature, negativeLogLikelihood } from "../../src/train/temperature.ts";
import { readJsonFixture } from "../fixtures.ts";

interface Golden {
  readonly logits: readonly number[][];
  readonly labels: readonly number[];
  readonly temperature: number;
  readonly nll: readonly [number, number];
  readonly ece_15_bins: readonly [number, number];
}

const golden = await readJsonFixture<Golden>("test/goldens/training/temperature.json.gz");
const logits = Float64Array.from(golden.logits.flat());
const labels = Int32Array.from(golden.labels);

test("the temperature, the likelihood and the calibration error are the reference's", () => {
  const temperature = fitTemperature(logits, labels);
  expect(temperature).toBeCloseTo(golden.temperature, 4);
  for (const [index, scale] of [1, temperature].entries()) {
    expect(negativeLogLikelihood(logits, labels, scale)).toBeCloseTo(golden.nll[index]!, 5);
    expect(calibrationError(logits, labels, scale)).toBeCloseTo(golden.ece_15_bins[index]!, 5);
  }
});

test("where every answer is right the temperature is small, and never zero", () => {
  const sure = fitTemperature(Float64Array.of(5, 0, 0, 5), Int32Array.of(0, 1));
  expect(sure).toBeGreaterThan(0);
  expect(sure).toBeLessThan(0.5);
  expect(fitTemperature(Float64Array.of(1, 1), Int32Array.of(0))).toBe(1);
});
