// From labelled texts to a checkpoint whose classifier answers them.
import { expect, test } from "vitest";
import { writeCheckpoint } from "../../src/checkpoint/write-checkpoint.ts";
import { readSafetensors } from "../../src/safetensors.ts";
import { fineTune } from "../../src/train/fine-tune/fine-tune.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

const MODEL = "../shared/models/all-minilm-l6-v2";
const EXAMPLES = ["my parcel is late", "where is my package", "the delivery is missing", "it was not shipped"]
  .map((text) => ({ text, label: "delivery" }))
  .concat(
    ["I forgot my password", "I cannot log in", "my account is locked"].map((text) => ({ text, label: "login" })),
  );

test("a fine-tuned classifier learns its examples and becomes a checkpoint", async ({ skip }) => {
  if (!(await readFixture(`${MODEL}/config.json`))) return skip("../shared is not here");
  const { checkpoint, head, losses } = await fineTune(MODEL, EXAMPLES, {
    epochs: 14,
    batchSize: 7,
    learningRate: 2e-4,
  });
  expect(losses).toHaveLength(14);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
  const { tensors } = readSafetensors(writeCheckpoint(checkpoint, { head }).get("model.safetensors")!);
  expect(tensors.get("classifier.weight")?.shape).toEqual([2, 384]);
  expect(checkpoint.config.id2label).toEqual(["delivery", "login"]);
}, 60_000);

test("examples and options that make no classifier are refused", async () => {
  await expectError(() => fineTune(MODEL, EXAMPLES.slice(0, 2)), "invalid_input", "1 labels");
  await expectError(() => fineTune(MODEL, [{ text: " ", label: "a" }]), "invalid_input", "example 0 has no text");
  await expectError(() => fineTune(MODEL, [{ text: "a", label: 1 }]), "invalid_input", "label that is a text");
  await expectError(() => fineTune(MODEL, EXAMPLES, { epoch: 1 } as never), "invalid_input", "epochs");
});
