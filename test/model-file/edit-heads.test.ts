// Editing the heads of a packed model: as if it had been packed so, and without touching the encoder.
import { expect, test } from "vitest";
import type { HeadInput } from "../../src/checkpoint/checkpoint.ts";
import { addHead, changeHeadSettings, removeHead, replaceHead } from "../../src/model-file/edit-heads.ts";
import { packModel } from "../../src/model-file/pack.ts";
import { QUANTIZATIONS, readPackedHeader } from "../../src/model-file/packed.ts";
import { readSafetensors, toFloat32 } from "../../src/safetensors.ts";
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
  [
    "a head of another width",
    randomHead("BertForMultipleChoice", tinyConfig({ hidden_size: 32 }), "wide"),
    "head wide: pooler.dense.weight has shape [16, 16]",
  ],
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
  await expectError(() => addHead(file, choice), "invalid_checkpoint", "head choice: pooler.dense.weight is missing");
});

test("refuses a damaged file", async () => {
  const file = (await packModel(tinyInput())).subarray(0, -1);
  await expectError(() => addHead(file, choice), "invalid_checkpoint");
});

test.each(QUANTIZATIONS)("removing a head gives the bytes of packing without it: %s", async (quantization) => {
  const input = { ...tinyInput(), quantization, tokenizer };
  const [mood, ...others] = input.heads;
  expect(await removeHead(await packModel(input), mood!.spec.name)).toEqual(
    await packModel({ ...input, heads: others }),
  );
});

test("replacing a head gives the bytes of packing the other one in its place", async () => {
  const input = { ...tinyInput(), tokenizer };
  const other = randomHead("BertForTokenClassification", tinyConfig({ id2label: { 0: "O", 1: "X" } }), "entities", 11);
  const heads = input.heads.map((head) => (head.spec.name === "entities" ? other : head));
  expect(await replaceHead(await packModel(input), other)).toEqual(await packModel({ ...input, heads }));
});

test("other settings of a head change what the file says of it, and no weight", async () => {
  const before = await packModel({ ...tinyInput(), quantization: "int8" });
  const settings = { temperature: 2, out_of_scope: { energy: -1.5, label: "LABEL_0" } };
  const after = await changeHeadSettings(before, "mood", settings);
  const [old, changed] = [readPackedHeader(before), readPackedHeader(after)];
  expect(changed.heads.find(({ name }) => name === "mood")).toEqual({
    ...old.heads.find(({ name }) => name === "mood"),
    ...settings,
  });
  expect(changed.digest).not.toBe(old.digest);
  const tensors = readSafetensors(after).tensors;
  for (const [name, { bytes }] of readSafetensors(before).tensors)
    expect(tensors.get(name)?.bytes, name).toEqual(bytes);
  await expectError(() => changeHeadSettings(before, "absent", settings), "not_found", "no head absent");
});

test("a head that is not there can neither be replaced nor removed", async () => {
  const file = await packModel(tinyInput());
  await expectError(() => removeHead(file, "choice"), "not_found", "no head choice; it has mood, entities, words");
  await expectError(() => replaceHead(file, choice), "not_found", "no head choice");
});

test("a head may begin with a mean, normalise it, and bring a pooler of its own", async () => {
  const input = tinyInput();
  const encoder = new Map([...input.encoder].filter(([name]) => !name.startsWith("pooler.")));
  const words = input.heads.filter(({ spec }) => spec.name === "words");
  const own = randomHead("BertForMultipleChoice", tinyConfig(), "choice", 9);
  const pooler = [...input.encoder].filter(([name]) => name.startsWith("pooler."));
  const [output] = own.spec.outputs;
  const mean = { ...output!, from: "mean" as const, steps: [{ op: "normalize" as const }, ...output!.steps] };
  const head = { spec: { ...own.spec, outputs: [mean] }, tensors: new Map([...own.tensors, ...pooler]) };
  const file = await addHead(await packModel({ ...input, encoder, heads: words }), head);
  const session = await KernelSession.create(file);
  expect(session.outputNames).not.toContain("pooler_output");
  const ids = int32([[1, 2, 3]]);
  const outputs = await session.run({ input_ids: ids }, ["choice.logits", "pooled.mean"]);
  const pooled = values(outputs["pooled.mean"]);
  const unit = pooled.map((x) => x / Math.hypot(...pooled));
  const layer = (x: Float32Array, name: string, size: number, activate: (y: number) => number) => {
    const weight = toFloat32(head.tensors.get(`${name}.weight`)!);
    const bias = toFloat32(head.tensors.get(`${name}.bias`)!);
    return Float32Array.from({ length: size }, (_, n) =>
      activate(x.reduce((sum, value, k) => sum + value * weight[n * x.length + k]!, bias[n]!)),
    );
  };
  const expected = layer(layer(unit, "pooler.dense", 16, Math.tanh), "classifier", 1, (y) => y);
  expect(values(outputs["choice.logits"])[0]).toBeCloseTo(expected[0]!, 5);
});
