// packCheckpoint: what is found in a checkpoint's files, in both layouts, and what is missed.
import { describe, expect, it } from "vitest";
import type { BertConfig } from "../../src/architectures/config.ts";
import { packModel } from "../../src/model-file/pack.ts";
import { type PackOptions, packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { readPacked } from "../../src/model-file/packed.ts";
import { readSafetensors, type TensorView } from "../../src/safetensors.ts";
import { openSource } from "../../src/source/source.ts";
import { checkpointFiles, randomHead, randomTensors, shapesOf, TINY, tinyConfig } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

const encoder = randomTensors(shapesOf(tinyConfig(), true));
const classConfig = (architecture: string | undefined, settings: object = {}) =>
  tinyConfig({ ...(architecture !== undefined && { architectures: [architecture] }), ...settings });

/** The one-class layout: the head's tensors beside the encoder's. */
function single(architecture: string | undefined, config = classConfig(architecture)): Map<string, Uint8Array> {
  const head = architecture && architecture !== "BertModel" ? randomHead(architecture, config).tensors : [];
  return checkpointFiles({ "config.json": config, "model.safetensors": new Map([...encoder, ...head]) });
}

const mood = classConfig("BertForSequenceClassification", { id2label: { 0: "bad", 1: "good" } });
const entities = classConfig("BertForTokenClassification", { id2label: { 0: "O", 1: "PER", 2: "LOC" } });

/** The layout of an encoder with a folder a head. */
function several(heads: Readonly<Record<string, BertConfig>> = { mood, entities }): Map<string, Uint8Array> {
  const folders = Object.entries(heads).flatMap(([name, config]) => [
    [`heads/${name}/config.json`, config],
    [`heads/${name}/head.safetensors`, randomHead(config.architectures[0]!, config).tensors],
  ]);
  const files = Object.fromEntries(folders) as Record<string, BertConfig | ReadonlyMap<string, TensorView>>;
  return checkpointFiles({ "config.json": TINY, "encoder.safetensors": encoder, ...files });
}

async function pack(files: Map<string, Uint8Array>, options: Partial<PackOptions> = {}) {
  const file = await packCheckpoint(await openSource(files), { quantization: "f32", ...options });
  const model = await readPacked(file.slice(), ({ weightBytes }) => new Uint8Array(weightBytes));
  return { ...model.header, tables: model.tokenizerTables, file };
}

const without = (files: Map<string, Uint8Array>, name: string) => {
  files.delete(name);
  return files;
};

const vocabulary = new TextEncoder().encode(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello"].join("\n"));

describe("a checkpoint of one class", () => {
  it.each([
    ["BertForSequenceClassification", ["text-classification.logits"]],
    ["BertForTokenClassification", ["token-classification.logits"]],
    ["BertForQuestionAnswering", ["question-answering.logits"]],
    ["BertForMultipleChoice", ["multiple-choice.logits"]],
    ["BertForNextSentencePrediction", ["next-sentence-prediction.logits"]],
    ["BertForMaskedLM", ["fill-mask.logits"]],
    ["BertLMHeadModel", ["text-generation.logits"]],
    ["BertForPreTraining", ["pretraining.prediction_logits", "pretraining.seq_relationship_logits"]],
    ["BertModel", []],
    [undefined, []],
  ])("%s has the outputs %j", async (architecture, outputs) => {
    const { heads } = await pack(single(architecture));
    expect(heads.flatMap((head) => head.outputs.map(({ name }) => `${head.name}.${name}`))).toEqual(outputs);
  });

  it("takes the labels of its config", async () => {
    expect((await pack(single("BertForSequenceClassification", mood))).heads[0]?.labels).toEqual(["bad", "good"]);
  });

  it("is the same model with prefixed and with old names", async () => {
    const config = classConfig("BertForSequenceClassification");
    const { tensors } = readSafetensors(single("BertForSequenceClassification").get("model.safetensors")!);
    const old = Array.from(tensors, ([name, tensor]): [string, TensorView] => [
      name.startsWith("classifier")
        ? name
        : `bert.${name.replace(/LayerNorm.weight$/, "LayerNorm.gamma").replace(/LayerNorm.bias$/, "LayerNorm.beta")}`,
      tensor,
    ]);
    const ids: TensorView = { dtype: "I64", shape: [1, 12], bytes: new Uint8Array(96) };
    const files = checkpointFiles({
      "config.json": config,
      "model.safetensors": new Map([["bert.embeddings.position_ids", ids], ...old]),
    });
    expect((await pack(files)).file).toEqual((await pack(single("BertForSequenceClassification"))).file);
  });

  it("is packed as packModel packs its tensors", async () => {
    const config = classConfig("BertForMaskedLM");
    const expected = await packModel({
      config,
      encoder,
      heads: [randomHead("BertForMaskedLM", config)],
      quantization: "int8",
    });
    expect((await pack(single("BertForMaskedLM"), { quantization: "int8" })).file).toEqual(expected);
  });

  it("may have a tokenizer", async () => {
    const { tokenizer, tables } = await pack(single("BertModel").set("vocab.txt", vocabulary));
    expect(tokenizer).toMatchObject({ doLowerCase: true, unkToken: "[UNK]" });
    expect([...tables.keys()]).toEqual(["vocab", "unicode"]);
    expect((await pack(single("BertModel"))).tokenizer).toBeUndefined();
  });

  it("records where it comes from", async () => {
    const origin = { name: "tiny", license: "mit" };
    expect((await pack(single("BertModel"), { origin })).origin).toEqual(origin);
  });

  it("packs a checkpoint as the reference wrote it", async () => {
    const at = "test/goldens/torch/sequence-classification";
    const names = ["config.json", "model.safetensors"];
    const files = new Map<string, Uint8Array>();
    for (const name of names) files.set(name, (await readFixture(`${at}/${name}`))!);
    const { heads, config } = await pack(files);
    expect(config.get("transformers_version")).toBe("4.46.3");
    expect(heads.map(({ name, labels }) => [name, labels])).toEqual([
      ["text-classification", ["neg", "neutral", "pos"]],
    ]);
  });

  it.each(["config.json", "model.safetensors"])("misses %s", (name) =>
    expectError(() => pack(without(single("BertModel"), name)), "not_found", `${name} is missing`),
  );

  it.each(["RobertaForMaskedLM", "BertForSomething", "toString"])(
    "is not supported when it is of %s",
    (architecture) => {
      const config = classConfig(architecture);
      const files = checkpointFiles({ "config.json": config, "model.safetensors": encoder });
      return expectError(() => pack(files), "unsupported", `there is no head for the architecture ${architecture}`);
    },
  );

  it("is refused where heads are chosen: it has the one of its class", () =>
    expectError(
      () => pack(single("BertForMaskedLM"), { heads: ["fill-mask"] }),
      "invalid_input",
      "this one holds a single class",
    ));

  it("is refused with tensors of its head missing", () => {
    const config = classConfig("BertForSequenceClassification");
    const files = checkpointFiles({ "config.json": config, "model.safetensors": encoder });
    const missing = "classifier.weight is missing";
    return expectError(() => pack(files), "invalid_checkpoint", `head text-classification: ${missing}`);
  });

  it.each([
    ["config.json", "invalid_checkpoint", "config.json is not valid JSON"],
    ["model.safetensors", "invalid_checkpoint", "not a valid safetensors file"],
  ] as const)("is refused with a broken %s", (name, type, message) =>
    expectError(() => pack(single("BertModel").set(name, new TextEncoder().encode("{broken..."))), type, message),
  );

  it("is refused with a config that makes no sense", () => {
    const files = checkpointFiles({ "config.json": { hidden_size: 0 }, "model.safetensors": encoder });
    return expectError(() => pack(files), "invalid_config", "hidden_size");
  });
});

describe("an encoder with a folder a head", () => {
  it("has every head, by name, with its own labels", async () => {
    const { heads } = await pack(several());
    expect(heads.map(({ name, architecture, labels }) => [name, architecture, labels])).toEqual([
      ["entities", "BertForTokenClassification", ["O", "PER", "LOC"]],
      ["mood", "BertForSequenceClassification", ["bad", "good"]],
    ]);
  });

  it("has the heads that are asked for, in that order", async () => {
    const files = several({ a: mood, b: entities, c: mood });
    expect((await pack(files, { heads: ["c", "a"] })).heads.map(({ name }) => name)).toEqual(["c", "a"]);
    expect((await pack(files, { heads: [] })).heads).toEqual([]);
  });

  it("may have no head at all", async () => {
    expect((await pack(several({}))).heads).toEqual([]);
  });

  it("leaves alone what is no head", async () => {
    const config = new TextEncoder().encode("{}");
    const files = several({ mood });
    for (const name of [
      "heads/config.json",
      "heads/a/b/config.json",
      "old/heads/x/config.json",
      "heads/a b/config.json",
    ]) {
      files.set(name, config);
    }
    expect((await pack(files)).heads.map(({ name }) => name)).toEqual(["mood"]);
  });

  it.each([
    ["config.json", several(), undefined],
    ["heads/mood/head.safetensors", several(), undefined],
    ["heads/tone/config.json", several(), ["mood", "tone"]],
    ["heads//config.json", several(), [""]],
  ])("misses %s", (name, files, heads) =>
    expectError(() => pack(without(files, name), heads && { heads }), "not_found", `${name} is missing`),
  );

  it.each<[string, object]>([
    ["none", { id2label: { 0: "a" } }],
    ["BertModel", { architectures: ["BertModel"] }],
    ["DistilBertForSequenceClassification", { architectures: ["DistilBertForSequenceClassification"] }],
  ])("has no head of the architecture %s", (architecture, config) => {
    const files = several().set("heads/odd/config.json", new TextEncoder().encode(JSON.stringify(config)));
    return expectError(() => pack(files), "unsupported", `there is no head for the architecture ${architecture}`);
  });

  it("refuses one head asked for twice", () =>
    expectError(
      () => pack(several(), { heads: ["mood", "mood"] }),
      "invalid_checkpoint",
      "there are several heads mood",
    ));

  it("refuses heads of another width, by name", () => {
    const wide = tinyConfig({ ...mood.toJSON(), hidden_size: 32 });
    const files = several({ entities, wide });
    const mismatch = "head wide: pooler.dense.weight has shape [16, 16] where the config asks for [32, 16]";
    return expectError(() => pack(files), "invalid_checkpoint", mismatch);
  });
});
