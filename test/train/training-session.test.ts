// What a training session promises beside the reference's numbers: accumulation, dropout, going on where it stopped, and the loss of pairs.
import { describe, expect, test } from "vitest";
import { packModel } from "../../src/model-file/pack.ts";
import { loadPacked } from "../../src/models/loaded-model.ts";
import { type TensorView, toFloat32 } from "../../src/safetensors.ts";
import { Tensor } from "../../src/tensor.ts";
import type { OptimizerOptions } from "../../src/train/fine-tune/optimizer.ts";
import { type TrainingBatch, TrainingSession, type TrainingSessionOptions } from "../../src/train/fine-tune/session.ts";
import { cosinePairs, normalize } from "../../src/wasm/kernels/reference/losses.ts";
import { randomHead, randomTensors, shapesOf, tinyConfig } from "../builders.ts";
import { expectError } from "../expect-error.ts";

const config = tinyConfig({ id2label: { 0: "a", 1: "b", 2: "c" } });
const { spec, tensors: own } = randomHead("BertForSequenceClassification", config);
const tensors = new Map([...randomTensors(shapesOf(config, true)), ...own]);
const OPTIMIZER: OptimizerOptions = {
  learningRate: 0.01,
  weightDecay: 0.01,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  maxGradientNorm: 1,
  warmupSteps: 2,
  steps: 20,
};

/** Of finite differences: large against the rounding of a loss in f32, small against the curvature. */
const STEP = 1e-2;

const open = (options: TrainingSessionOptions = {}) =>
  TrainingSession.create(config, tensors, { head: spec, ...options });

/** Texts of 3 to 7 tokens with their classes; the same for the same seed. */
function batch(count: number, seed: number): TrainingBatch {
  const rows = Array.from({ length: count }, (_, row) => {
    const length = 3 + ((row + seed) % 5);
    const positions = Int32Array.from({ length }, (_, index) => index);
    const ids = positions.map((index) => 1 + ((index * 5 + row * 3 + seed * 7) % 19));
    return { ids, types: new Int32Array(length), positions, keys: length };
  });
  return { rows, targets: { kind: "classes", labels: Int32Array.from(rows, (_, row) => (row + seed) % 3) } };
}

function gradients(session: TrainingSession): Map<string, Float32Array> {
  return new Map(session.parameters.trained.map((one) => [one.name, session.parameters.read(one, one.gradient)]));
}

const values = (tensors: ReadonlyMap<string, TensorView>) =>
  new Map([...tensors].map(([name, tensor]) => [name, toFloat32(tensor)]));

describe.each(["relaxed", "baseline"] as const)("%s", (build) => {
  test("parts of a batch add up to its gradients and its loss", async () => {
    const session = await open({ build });
    const { rows, targets } = batch(8, 1);
    const labels = targets.kind === "classes" ? targets.labels : new Int32Array();
    session.clearGradients();
    const loss = session.accumulate({ rows, targets });
    const whole = gradients(session);
    session.clearGradients();
    const parts = [0, 4].map((from) => ({
      rows: rows.slice(from, from + 4),
      targets: { kind: "classes", labels: labels.slice(from, from + 4) } as const,
    }));
    const sum = parts.reduce((total, part) => total + session.accumulate(part, 0.5) / 2, 0);
    expect(sum).toBeCloseTo(loss, 5);
    for (const [name, gradient] of gradients(session))
      for (const [i, value] of gradient.entries()) expect(value, name).toBeCloseTo(whole.get(name)![i]!, 4);
  });

  test("training that stops and goes on arrives where training at once does, bit for bit", async () => {
    const options = { build, dropout: true, seed: 3 };
    const train = (session: TrainingSession, from: number, to: number) => {
      for (let step = from; step < to; step++) {
        session.clearGradients();
        for (const part of [0, 1]) session.accumulate(batch(4, 2 * step + part), 0.5);
        session.apply(OPTIMIZER);
      }
    };
    const once = await open(options);
    train(once, 0, 6);
    const first = await open(options);
    train(first, 0, 3);
    const state = first.state();
    const second = await open(options);
    second.restore(state);
    expect(second.step).toBe(3);
    train(second, 3, 6);
    expect(values(second.tensors())).toEqual(values(once.tensors()));
  });
});

describe.each(["relaxed", "baseline"] as const)("pairs of texts, %s", (build) => {
  const labels = Float32Array.of(1, 0, 1, 0);
  const pairs: TrainingBatch = { rows: batch(8, 2).rows, targets: { kind: "cosine-pairs", labels } };
  const openPairs = () => TrainingSession.create(config, tensors, { build });

  test("have the loss that the vectors of the model have by the plain reference", async () => {
    const session = await openPairs();
    const model = await loadPacked(await packModel({ config, encoder: tensors, heads: [], quantization: "f32" }), {
      build,
    });
    const vectors: number[] = [];
    for (const { ids } of pairs.rows) {
      const feeds = { input_ids: new Tensor("int32", ids, [1, ids.length]) };
      const { "pooled.mean": pooled } = await model.session.run(feeds, ["pooled.mean"]);
      vectors.push(...(pooled!.data as Float32Array));
    }
    await model.session.release();
    const H = config.hidden_size;
    const unit = normalize(vectors, H);
    const expected = cosinePairs(unit.subarray(0, 4 * H), unit.subarray(4 * H), labels, H) / 4;
    expect(session.evaluate(pairs)).toBeCloseTo(expected, 5);
    expect(session.accumulate(pairs)).toBeCloseTo(expected, 5);
  });

  test("have the gradient that finite differences of the loss have, for each tensor", async () => {
    const session = await openPairs();
    session.clearGradients();
    session.accumulate(pairs);
    const original = session.tensors();
    for (const [name, gradient] of gradients(session)) {
      const length = Math.hypot(...gradient);
      // The keys' biases have none but rounding.
      if (length < 1e-5) continue;
      const lossAt = (distance: number) => {
        const moved = toFloat32(original.get(name)!).map((value, i) => value + (distance * gradient[i]!) / length);
        const view = { ...original.get(name)!, bytes: new Uint8Array(moved.buffer) };
        session.parameters.write(new Map([...original, [name, view]]));
        return session.evaluate(pairs);
      };
      const slope = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
      expect(Math.abs(slope / length - 1), `${name}: ${slope}, ${length}`).toBeLessThan(0.02);
    }
  });
});

test("evaluating a batch drops nothing and changes nothing", async () => {
  const [plain, dropping] = [await open(), await open({ dropout: true, seed: 1 })];
  plain.clearGradients();
  const loss = plain.accumulate(batch(8, 1));
  dropping.clearGradients();
  const before = [values(dropping.tensors()), gradients(dropping)];
  expect([dropping.evaluate(batch(8, 1)), dropping.evaluate(batch(8, 1))]).toEqual([loss, loss]);
  expect([values(dropping.tensors()), gradients(dropping)]).toEqual(before);
  const other = await open({ dropout: true, seed: 1 });
  other.clearGradients();
  expect(dropping.accumulate(batch(8, 1))).toBe(other.accumulate(batch(8, 1)));
});

test("dropout is the same for the same seed, another for another, another in each pass, and absent unless asked for", async () => {
  const losses = async (options: TrainingSessionOptions) => {
    const session = await open(options);
    session.clearGradients();
    return [session.accumulate(batch(8, 1)), session.accumulate(batch(8, 1))];
  };
  const dropped = await losses({ dropout: true, seed: 1 });
  expect(await losses({ dropout: true, seed: 1 })).toEqual(dropped);
  expect(await losses({ dropout: true, seed: 2 })).not.toEqual(dropped);
  expect(dropped[0]).not.toBe(dropped[1]);
  const [plain, again] = await losses({});
  expect(plain).toBe(again);
  expect(dropped).not.toContain(plain);
});

test("with the last layers alone, the others stay as they are", async () => {
  const session = await open({ layers: 1 });
  const before = values(session.tensors());
  session.clearGradients();
  session.accumulate(batch(4, 1));
  // The first step of a warm-up has a rate of zero.
  session.apply({ ...OPTIMIZER, warmupSteps: 0 });
  const changed = [...values(session.tensors())].filter(([name, after]) =>
    after.some((value, i) => value !== before.get(name)![i]),
  );
  const names = changed.map(([name]) => name);
  expect(names).toContain("encoder.layer.1.output.dense.weight");
  expect(names).toContain("classifier.weight");
  expect(names.filter((name) => /^embeddings|layer\.0\./.test(name))).toEqual([]);
});

test("a state of another model is refused, and changes nothing", async () => {
  const session = await open();
  const before = values(session.tensors());
  const { tensors: others, ...state } = (await open()).state();
  const missing = new Map([...others].filter(([name]) => name !== "optimizer.square.classifier.bias"));
  const zeros = new Map(
    [...missing].map(([name, tensor]) => [name, { ...tensor, bytes: new Uint8Array(tensor.bytes.length) }]),
  );
  await expectError(
    () => session.restore({ ...state, tensors: zeros }),
    "invalid_checkpoint",
    "optimizer.square.classifier.bias",
  );
  expect(values(session.tensors())).toEqual(before);
});

test("labels that the head does not have are refused", async () => {
  const session = await open();
  const { rows } = batch(2, 1);
  await expectError(
    () => session.accumulate({ rows, targets: { kind: "classes", labels: Int32Array.of(0, 3) } }),
    "invalid_input",
    "",
  );
});
