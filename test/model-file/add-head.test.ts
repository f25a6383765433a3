// Adding a head to a packed model: as if it had been packed with it, and without touching what is there.
import { expect, test } from "vitest";
import { addHead } from "../../src/model-file/add-head.ts";
import { type HeadInput, packModel } from "../../src/model-file/pack.ts";
import { QUANTIZATIONS } from "../../src/model-file/packed.ts";
import { readSafetensors } from "../../src/safetensors.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import { f32, randomHead, tinyConfig, tinyInput } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { int32, values } from "../goldens.ts";

const tokenizer = { config: { doLowerCase: true }, tables: new Map([["vocab", new Uint8Array([1, 2, 3, 4])]]) };
const choice = randomHead("BertForMultipleChoice", tinyConfig(), "choice", 9);

test.each(QUANTIZATIONS)("gives the bytes of packing all at once: %s", async (quantization) => {
  const origin = { name: "tiny", license: "CC0-1.0" };
  const input = { ...tinyInput(), quantization, tokenizer, origin };
  const atOnce = await packModel({ ...input, heads: [...input.heads, choice] });
  expect(await addHead(await packModel(input), choice)).toEqual(atOnce);
});

test("copies what is there, and answers with the new head beside the old ones", async () => {
  const before = await packModel({ ...tinyInput(), quantization: "int8" });
  const after = await addHead(before, choice);
  const [old, larger] = [readSafetensors(before), readSafetensors(after)];
  for (const [name, { bytes }] of old.tensors) expect(larger.tensors.get(name)?.bytes, name).toEqual(bytes);
  expect(larger.metadata.digest).not.toBe(old.metadata.digest);

  const session = await KernelSession.create(after);
  const feeds = { input_ids: int32([[1, 2, 3]]) };
  const outputs = await session.run(feeds, ["mood.logits", "choice.logits"]);
  expect(outputs["choice.logits"]?.dims).toEqual([1, 1]);
  const without = await KernelSession.create(before);
  expect(values(outputs["mood.logits"])).toEqual(values((await without.run(feeds, ["mood.logits"]))["mood.logits"]));
});

test.each<[string, HeadInput, string]>([
  ["a name that is taken", { ...choice, spec: { ...choice.spec, name: "mood" } }, "there are several heads mood"],
  ["a head of another width", randomHead("BertForMultipleChoice", tinyConfig({ hidden_size: 32 }), "wide"), "[1, 32]"],
  [
    "weights that are no numbers",
    { ...choice, tensors: new Map(choice.tensors).set("classifier.bias", f32([1], [Number.NaN])) },
    "NaN or infinite weights in head choice: classifier.bias",
  ],
  ["missing tensors", { ...choice, tensors: new Map() }, "classifier.weight is missing"],
])("refuses %s", async (_what, head, reason) => {
  const file = await packModel(tinyInput());
  await expectError(() => addHead(file, head), "invalid_checkpoint", reason);
});

test("refuses a head on the pooler where there is none", async () => {
  const input = tinyInput();
  const encoder = new Map([...input.encoder].filter(([name]) => !name.startsWith("pooler.")));
  const words = input.heads.filter(({ spec }) => spec.name === "words");
  const file = await packModel({ ...input, encoder, heads: words });
  await expectError(() => addHead(file, choice), "invalid_checkpoint", "it needs a pooler");
});

test("refuses a damaged file", async () => {
  const file = (await packModel(tinyInput())).subarray(0, -1);
  await expectError(() => addHead(file, choice), "invalid_checkpoint");
});
