// From labelled texts to a checkpoint whose classifier answers them.
import { expect, test } from "vitest";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { fineTune } from "../../src/train/fine-tune/fine-tune.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

const MODEL = "../shared/models/all-minilm-l6-v2";
const EXAMPLES = ["my parcel is late", "where is my package", "the delivery is missing", "it was not shipped"]
  .map((text) => ({ text, label: "delivery" }))
  .concat(
    ["I forgot my password", "I cannot log in", "my account is locked"].map((text) => ({ text, label: "login" })),
  );

test("a fine-tuned classifier learns its examples and becomes a folder that every class reads", async ({ skip }) => {
  if (!(await readFixture(`${MODEL}/config.json`))) return skip("../shared is not here");
  const { files, losses, truncated } = await fineTune(MODEL, EXAMPLES, {
    epochs: 14,
    batchSize: 7,
    learningRate: 2e-4,
  });
  expect(losses).toHaveLength(14);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
  expect(truncated).toBe(0);
  const model = await BertForSequenceClassification.fromPretrained(files);
  const answers = await model.classify(EXAMPLES.map(({ text }) => text));
  expect(answers.map(([best]) => best!.label)).toEqual(EXAMPLES.map(({ label }) => label));
  await model.release();
}, 60_000);

test("texts that are cut are counted", async ({ skip }) => {
  if (!(await readFixture(`${MODEL}/config.json`))) return skip("../shared is not here");
  const { truncated } = await fineTune(MODEL, EXAMPLES.slice(2, 6), {
    epochs: 1,
    batchSize: 4,
    maxLength: 5,
    layers: 1,
  });
  expect(truncated).toBeGreaterThan(0);
}, 60_000);

test("with patience, part of the examples is held out, and the weights are those with its lowest loss", async ({
  skip,
}) => {
  if (!(await readFixture(`${MODEL}/config.json`))) return skip("../shared is not here");
  const options = { epochs: 4, batchSize: 5, layers: 1, learningRate: 1e-3, patience: 1, holdOut: 0.3 };
  const { losses, heldOutLosses, bestStep } = await fineTune(MODEL, EXAMPLES, options);
  // One text of each label is held out, so that an epoch is one step.
  expect(heldOutLosses.map(({ step }) => step)).toEqual([0, ...losses.keys().map((step) => step + 1)]);
  expect(heldOutLosses.find(({ step }) => step === bestStep)!.loss).toBe(
    Math.min(...heldOutLosses.map(({ loss }) => loss)),
  );
}, 60_000);

test("examples and options that make no classifier are refused", async () => {
  await expectError(() => fineTune(MODEL, EXAMPLES.slice(0, 2)), "invalid_input", "1 labels");
  await expectError(() => fineTune(MODEL, [{ text: " ", label: "a" }]), "invalid_input", "example 0 has no text");
  await expectError(() => fineTune(MODEL, [{ text: "a", label: 1 }]), "invalid_input", "label that is a text");
  const unsure = EXAMPLES.map((example) => ({ ...example, probabilities: new Map([[example.label as string, 0.9]]) }));
  await expectError(() => fineTune(MODEL, unsure), "invalid_input", "example 0 has probabilities");
  await expectError(() => fineTune(MODEL, EXAMPLES, { epoch: 1 } as never), "invalid_input", "epochs");
  await expectError(() => fineTune(MODEL, EXAMPLES, { patience: 0 }), "invalid_input", "patience");
  await expectError(() => fineTune(MODEL, EXAMPLES, { holdOut: 0.1 }), "invalid_input", "holdOut needs patience");
  await expectError(() => fineTune(MODEL, EXAMPLES, { patience: 1, holdOut: 0 }), "invalid_input", "holdOut");
});
