// From few labelled texts to an encoder whose vectors tell labels apart, with a head on them.
import { describe, expect, test } from "vitest";
import { readHeadFile } from "../../src/checkpoint/head-file.ts";
import { cosineSimilarity } from "../../src/heads/embedding.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { toFloat32 } from "../../src/safetensors.ts";
import { fineTuneContrastive } from "../../src/train/fine-tune/contrastive.ts";
import { readVectors } from "../../src/train/read-vectors.ts";
import { checkpointFiles, randomTensors, shapesOf, tinyConfig } from "../builders.ts";
import { expectError } from "../expect-error.ts";

const WORDS = ["my", "parcel", "is", "late", "where", "password", "lost", "login", "account", "locked", "missing"];
const VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...WORDS];
// So few weights learn little with dropout.
const config = tinyConfig({
  vocab_size: VOCABULARY.length,
  architectures: ["BertModel"],
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
});
const MODEL = new Map([
  ...checkpointFiles({ "config.json": config, "model.safetensors": randomTensors(shapesOf(config, true)) }),
  ["vocab.txt", new TextEncoder().encode(`${VOCABULARY.join("\n")}\n`)] as const,
]);
const EXAMPLES = [
  ...["my parcel is late", "where is my parcel", "parcel missing", "is my parcel lost"].map((text) => ({
    text,
    label: "delivery",
  })),
  ...["my password is lost", "account locked", "login is locked", "where is my login"].map((text) => ({
    text,
    label: "login",
  })),
];
const NAME = { name: "topic" };
const QUICK = { ...NAME, pairs: 640, batchSize: 16, learningRate: 0.01 };

async function vectorsOf(model: LoadedModel): Promise<Float32Array[]> {
  const texts = EXAMPLES.map(({ text }) => text);
  const { values, width } = await readVectors(model, "sentence_embedding", texts);
  return texts.map((_, index) => values.slice(index * width, (index + 1) * width));
}

/** The mean cosine of texts of the same label, less that of texts of different ones. */
async function margin(source: ReadonlyMap<string, Uint8Array>): Promise<number> {
  const model = await loadPretrained(new Map(source));
  const vectors = await vectorsOf(model);
  await model.session.release();
  const cosines = (same: boolean) =>
    EXAMPLES.flatMap(({ label }, i) =>
      EXAMPLES.flatMap((other, j) =>
        i < j && (label === other.label) === same ? [cosineSimilarity(vectors[i]!, vectors[j]!)] : [],
      ),
    );
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean(cosines(true)) - mean(cosines(false));
}

describe("texts of two labels", () => {
  test("are told apart by the trained vectors, and by the head that the folder brings along", async () => {
    const { files, head, losses, heldOutLosses, bestStep } = await fineTuneContrastive(MODEL, EXAMPLES, QUICK);
    expect([losses.length, bestStep, heldOutLosses]).toEqual([40, 40, []]);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
    expect(await margin(files)).toBeGreaterThan(0.8);
    expect(await margin(files)).toBeGreaterThan(2 * (await margin(MODEL)));
    const { spec, tensors } = readHeadFile(files.get("heads/topic.safetensors")!);
    expect([spec, [...tensors.keys()]]).toEqual([head.spec, ["classifier.weight", "classifier.bias"]]);
    const model = await BertForSequenceClassification.fromPretrained(files);
    const answers = await model.classify(EXAMPLES.map(({ text }) => text));
    expect(answers.map(([best]) => best!.label)).toEqual(EXAMPLES.map(({ label }) => label));
    await model.release();
  });

  test("give the same for the same seed, and something else for another", async () => {
    const weights = async (seed: number) => {
      const { files, head } = await fineTuneContrastive(MODEL, EXAMPLES, { ...QUICK, pairs: 32, seed });
      return { encoder: files.get("model.safetensors"), head: toFloat32(head.tensors.get("classifier.weight")!) };
    };
    const first = await weights(1);
    expect(await weights(1)).toEqual(first);
    expect(await weights(2)).not.toEqual(first);
  });

  test("train the last layers alone where asked to", async () => {
    const { files } = await fineTuneContrastive(MODEL, EXAMPLES, { ...QUICK, pairs: 64, layers: 1 });
    const table = async (source: ReadonlyMap<string, Uint8Array>, name: string) => {
      const { readSafetensors } = await import("../../src/safetensors.ts");
      return toFloat32(readSafetensors(source.get("model.safetensors")!).tensors.get(name)!);
    };
    const [words, first, last] = [
      "embeddings.word_embeddings.weight",
      "encoder.layer.0.output.dense.weight",
      "encoder.layer.1.output.dense.weight",
    ];
    for (const name of [words!, first!]) expect(await table(files, name)).toEqual(await table(MODEL, name));
    expect(await table(files, last!)).not.toEqual(await table(MODEL, last!));
  });

  test("are read once each as pairs, twelve an example, when nobody says how many", async () => {
    const { losses } = await fineTuneContrastive(MODEL, EXAMPLES, NAME);
    expect(losses).toHaveLength((12 * EXAMPLES.length) / 32);
  });

  test("are held out in part where training may end early, which gives the weights with the lowest loss", async () => {
    const options = { ...QUICK, pairs: 640, patience: 2, holdOut: 0.25 };
    const { losses, heldOutLosses, bestStep } = await fineTuneContrastive(MODEL, EXAMPLES, options);
    const lowest = heldOutLosses.toSorted((a, b) => a.loss - b.loss)[0]!;
    expect(bestStep).toBe(lowest.step);
    expect(heldOutLosses.map(({ step }) => step)).toEqual(heldOutLosses.map((_, at) => 4 * at));
    expect(heldOutLosses.at(-1)!.step).toBe(losses.length);
    expect(losses.length).toBeLessThanOrEqual(40);
  });
});

test("texts that are cut are counted", async () => {
  const { truncated } = await fineTuneContrastive(MODEL, EXAMPLES, { ...NAME, pairs: 2, maxLength: 5 });
  expect(truncated).toBe(5);
});

describe("is refused:", () => {
  const examples = (...labels: string[]) => labels.map((label, index) => ({ text: `parcel ${index}`, label }));
  test.each([
    ["a label with one example", examples("a", "a", "b"), NAME, '"b" has one example'],
    ["one label", examples("a", "a"), NAME, "1 labels"],
    ["an example without a text", [{ text: " ", label: "a" }], NAME, "example 0 has no text"],
    ["a label that is a number", [{ text: "a", label: 1 }], NAME, "label that is a text"],
    ["no name", EXAMPLES, {}, "name is missing"],
    ["a name that no head has", EXAMPLES, { name: "my topic" }, "letters, digits, _ and -"],
    ["an unknown option", EXAMPLES, { ...NAME, epochs: 1 }, "there is no option epochs; the options are name, pairs"],
    ["no pair", EXAMPLES, { ...NAME, pairs: 0 }, "pairs"],
    ["no pair in a step", EXAMPLES, { ...NAME, batchSize: 0 }, "batchSize"],
    ["a rate of 0", EXAMPLES, { ...NAME, learningRate: 0 }, "learningRate"],
    ["no layer", EXAMPLES, { ...NAME, layers: 0 }, "layers"],
    ["more layers than there are", EXAMPLES, { ...NAME, layers: 3 }, "layers is 3; the model has 2"],
    ["texts of two tokens", EXAMPLES, { ...NAME, maxLength: 2 }, "maxLength"],
    ["no patience", EXAMPLES, { ...NAME, patience: 0 }, "patience"],
    ["a share without patience", EXAMPLES, { ...NAME, holdOut: 0.2 }, "holdOut needs patience"],
    ["a share of most", EXAMPLES, { ...NAME, patience: 1, holdOut: 0.6 }, "at most 0.5"],
    ["nothing to hold out", examples("a", "a", "b", "b"), { ...NAME, patience: 1 }, "more than 2 examples"],
    ["a seed below 0", EXAMPLES, { ...NAME, seed: -1 }, "seed"],
  ])("%s", async (_what, given, options, message) => {
    await expectError(() => fineTuneContrastive(MODEL, given, options as never), "invalid_input", message);
  });
});
