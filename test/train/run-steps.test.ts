// Steps of a training: how many there are, and when examples that are held out end them.
import { describe, expect, test } from "vitest";
import { type TensorView, toFloat32 } from "../../src/safetensors.ts";
import { runSteps, type Stopping } from "../../src/train/fine-tune/run-steps.ts";
import { type TrainingBatch, TrainingSession } from "../../src/train/fine-tune/session.ts";
import { randomHead, randomTensors, shapesOf, tinyConfig } from "../builders.ts";

const config = tinyConfig({ id2label: { 0: "a", 1: "b" } });
const { spec, tensors: own } = randomHead("BertForSequenceClassification", config);
const tensors = new Map([...randomTensors(shapesOf(config, true)), ...own]);

const rows = Array.from({ length: 6 }, (_, row) => {
  const positions = Int32Array.from({ length: 4 }, (_, index) => index);
  return {
    ids: positions.map((index) => 1 + ((index * 5 + row * 3) % 19)),
    types: new Int32Array(4),
    positions,
    keys: 4,
  };
});
const batch = (labels: readonly number[]): TrainingBatch => ({
  rows,
  targets: { kind: "classes", labels: Int32Array.from(labels) },
});
const TRAINED = batch([0, 1, 0, 1, 0, 1]);
const OPPOSITE = batch([1, 0, 1, 0, 1, 0]);

async function run(steps: number, stopping?: Stopping, learningRate = 0.01) {
  const session = await TrainingSession.create(config, tensors, { head: spec });
  const batches = Array.from({ length: steps }, () => TRAINED);
  return { session, ...runSteps(session, { batches, learningRate, ...(stopping && { stopping }) }) };
}

const values = (tensors: ReadonlyMap<string, TensorView>) =>
  new Map([...tensors].map(([name, tensor]) => [name, toFloat32(tensor)]));

describe("without anything held out", () => {
  test("all steps are made, and the last weights are given", async () => {
    const { session, losses, heldOutLosses, bestStep, tensors: trained } = await run(12);
    expect([losses.length, heldOutLosses, bestStep]).toEqual([12, [], 12]);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    expect(values(trained)).toEqual(values(session.tensors()));
  });
});

describe("with what is held out", () => {
  test("training ends when its loss has not fallen for so many measurements, and gives the weights it had before", async () => {
    const {
      losses,
      heldOutLosses,
      bestStep,
      tensors: best,
    } = await run(40, { batches: [OPPOSITE], every: 2, patience: 3 });
    const lowest = heldOutLosses.findIndex(({ step }) => step === bestStep);
    expect(Math.min(...heldOutLosses.map(({ loss }) => loss))).toBe(heldOutLosses[lowest]!.loss);
    expect([heldOutLosses.length, losses.length]).toEqual([lowest + 1 + 3, bestStep + 3 * 2]);
    expect(losses.length).toBeLessThan(40);
    const session = await TrainingSession.create(config, best, { head: spec });
    expect(session.evaluate(OPPOSITE)).toBe(heldOutLosses[lowest]!.loss);
  });

  test("measurements without a lower loss count in a row: a lower one begins anew", async () => {
    const stopping = { batches: [TRAINED], every: 1, patience: 3 };
    const { heldOutLosses, losses, bestStep } = await run(60, stopping, 0.1);
    const before = heldOutLosses.slice(0, bestStep);
    expect(before.some(({ loss }, at) => at > 1 && loss > before[at - 1]!.loss)).toBe(true);
    expect(losses.length).toBe(bestStep + 3);
  });

  test("training does not end within the warm-up, whose first step changes nothing", async () => {
    const { losses, heldOutLosses } = await run(20, { batches: [TRAINED], every: 1, patience: 1 });
    expect(heldOutLosses[1]!.loss).toBe(heldOutLosses[0]!.loss);
    expect(losses.length).toBeGreaterThan(2);
  });

  test("training goes on while its loss falls, and the last step is measured, too", async () => {
    const {
      losses,
      heldOutLosses,
      bestStep,
      tensors: best,
    } = await run(15, { batches: [TRAINED], every: 4, patience: 1 });
    expect(heldOutLosses.map(({ step }) => step)).toEqual([0, 4, 8, 12, 15]);
    expect([losses.length, bestStep]).toEqual([15, 15]);
    const session = await TrainingSession.create(config, best, { head: spec });
    expect(session.evaluate(TRAINED)).toBeCloseTo(heldOutLosses.at(-1)!.loss, 6);
  });

  test("its loss is the mean over all texts, whatever the batches", async () => {
    const part = (from: number, to: number): TrainingBatch => ({
      rows: rows.slice(from, to),
      targets: { kind: "classes", labels: Int32Array.from({ length: to - from }, (_, at) => (from + at) % 2) },
    });
    const lossOf = async (batches: readonly TrainingBatch[]) =>
      (await run(1, { batches, every: 1, patience: 1 })).heldOutLosses[0]!.loss;
    expect(await lossOf([part(0, 4), part(4, 6)])).toBeCloseTo(await lossOf([TRAINED]), 5);
  });
});
