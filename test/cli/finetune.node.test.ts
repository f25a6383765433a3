// bertlet finetune: a checkpoint and labelled texts become a folder with a classifier, or with an encoder and a head on its vectors.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readHeadFile } from "../../src/checkpoint/head-file.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { checkpointFiles, randomTensors, shapesOf, tinyConfig } from "../builders.ts";
import { bertlet } from "./bertlet.ts";

const WORDS = ["my", "parcel", "is", "late", "where", "password", "lost", "login", "account", "locked", "missing"];
const ROWS = [
  ["my parcel is late", "delivery"],
  ["where is my parcel", "delivery"],
  ["parcel missing", "delivery"],
  ["my password is lost", "login"],
  ["account locked", "login"],
  ["login is locked", "login"],
];

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-finetune-"));
  const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...WORDS];
  // So few weights learn little with dropout.
  const dropout = { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 };
  const config = tinyConfig({ ...dropout, vocab_size: vocabulary.length, architectures: ["BertModel"] });
  await mkdir(at("encoder"));
  for (const [name, bytes] of checkpointFiles({
    "config.json": config,
    "model.safetensors": randomTensors(shapesOf(config, true)),
  }))
    await writeFile(join(at("encoder"), name), bytes);
  await writeFile(join(at("encoder"), "vocab.txt"), `${vocabulary.join("\n")}\n`);
  await writeFile(at("rows.csv"), ["text,topic", ...ROWS.map((row) => row.join(","))].join("\n"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a classifier learns its examples, is measured, and is read by every class", async () => {
  const options = ["--epochs", "40", "--batch-size", "3", "--rate", "0.01", "--test", at("rows.csv")];
  const { code, out, err } = await bertlet(
    "finetune",
    at("rows.csv"),
    at("encoder"),
    at("model"),
    ...options,
    "--json",
  );
  expect([code, err]).toEqual([0, expect.stringContaining("6 of 6 texts are among those that are trained on, too")]);
  const { losses, method, settings, truncated, test: tested } = JSON.parse(out);
  expect([method, settings]).toEqual([
    "classifier",
    { epochs: 40, batchSize: 3, learningRate: 0.01, maxLength: 128, seed: 0 },
  ]);
  expect(losses).toHaveLength(80);
  expect(losses.at(-1)).toBeLessThan(losses[0] / 2);
  expect([truncated, tested.report.accuracy]).toEqual([0, 1]);
  const model = await BertForSequenceClassification.fromPretrained(at("model"));
  const answers = await model.classify(ROWS.map(([text]) => text!));
  expect(answers.map(([best]) => best!.label)).toEqual(ROWS.map(([, label]) => label));
  await model.release();
});

test("without --json it says what was done in a line", async () => {
  const { code, out } = await bertlet("finetune", at("rows.csv"), at("encoder"), at("model"), "--epochs", "1");
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/model: 1 steps on 6 examples in \d+ s, loss [\d.]+ to [\d.]+\n$/),
  ]);
});

test("with --patience, part of the examples is held out, and it says where their loss was lowest", async () => {
  const options = ["--epochs", "3", "--rate", "0.01", "--patience", "1", "--hold-out", "0.34"];
  const { code, out } = await bertlet("finetune", at("rows.csv"), at("encoder"), at("model"), ...options);
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/\nloss on what was held out: [\d.]+ to [\d.]+, lowest after step \d\n$/),
  ]);
});

describe("--method contrastive", () => {
  const train = (...options: string[]) =>
    bertlet("finetune", at("rows.csv"), at("encoder"), at("model"), "--method", "contrastive", ...options);

  test("gives an encoder and a head, which is measured, and which convert packs", async () => {
    const options = ["--pairs", "400", "--batch-size", "10", "--rate", "0.01", "--test", at("rows.csv"), "--json"];
    const { code, out } = await train(...options);
    const { losses, method, settings, test: tested } = JSON.parse(out);
    expect([code, losses.length, method, settings]).toEqual([
      0,
      40,
      "contrastive",
      { pairs: 400, batchSize: 10, learningRate: 0.01, maxLength: 128, seed: 0 },
    ]);
    expect(tested.report.accuracy).toBe(1);
    expect(readHeadFile(new Uint8Array(await readFile(at("model/heads/topic.safetensors")))).spec.labels).toEqual([
      "delivery",
      "login",
    ]);
    expect((await bertlet("convert", at("model"), at("packed.safetensors"), "--quantization", "f32")).code).toBe(0);
    const model = await BertForSequenceClassification.fromPretrained(at("packed.safetensors"), { head: "topic" });
    const answers = await model.classify(ROWS.map(([text]) => text!));
    expect(answers.map(([best]) => best!.label)).toEqual(ROWS.map(([, label]) => label));
    await model.release();
  });

  test("names the head as it is told, and ends early where it is asked to", async () => {
    const { code, out } = await train("--name", "what", "--patience", "2", "--pairs", "64");
    expect([code, out]).toEqual([0, expect.stringContaining("2 steps on 6 examples")]);
    expect(out).toMatch(/\nloss on what was held out: [\d.]+ to [\d.]+, lowest after step \d\n$/);
    expect(await readdir(at("model/heads"))).toEqual(["what.safetensors"]);
  });
});

describe("is refused, and nothing is written:", () => {
  test.each([
    ["a folder that exists", ["encoder"], 2, "exists already"],
    ["a number that is none", ["model", "--epochs", "many"], 2, "--epochs takes a number"],
    ["no epoch", ["model", "--epochs", "0"], 1, "epochs"],
    ["more layers than there are", ["model", "--layers", "9"], 1, "layers is 9; the model has 2"],
    [
      "a method that there is not",
      ["model", "--method", "setfit"],
      2,
      "--method is one of classifier, contrastive, and",
    ],
    [
      "pairs for a classifier",
      ["model", "--pairs", "8"],
      2,
      "--pairs is for --method contrastive, and not for classifier",
    ],
    ["a head's name for a classifier", ["model", "--name", "topic"], 2, "--name is for --method contrastive"],
    [
      "epochs of pairs",
      ["model", "--method", "contrastive", "--epochs", "1"],
      2,
      "--epochs is for --method classifier",
    ],
    ["no pair", ["model", "--method", "contrastive", "--pairs", "0"], 1, "pairs"],
    ["pairs that are no number", ["model", "--method", "contrastive", "--pairs", "all"], 2, "--pairs takes a number"],
    [
      "a name that no head has",
      ["model", "--method", "contrastive", "--name", "my topic"],
      1,
      "letters, digits, _ and -",
    ],
    ["no patience", ["model", "--patience", "0"], 1, "patience"],
    ["a share without patience", ["model", "--hold-out", "0.2"], 1, "holdOut needs patience"],
    ["a share of most", ["model", "--patience", "1", "--hold-out", "0.9"], 1, "at most 0.5"],
    ["a column that there is not", ["model", "--label", "colour"], 1, "there is no column colour"],
  ])("%s", async (_what, [target, ...options], code, message) => {
    const present = await readdir(folder);
    const outcome = await bertlet("finetune", at("rows.csv"), at("encoder"), at(target!), ...options);
    expect([outcome.code, outcome.out, outcome.err]).toEqual([code, "", expect.stringContaining(message)]);
    expect(await readdir(folder)).toEqual(present);
  });

  test("a label to measure on that is not trained", async () => {
    await writeFile(at("other.csv"), "text,topic\nmy parcel,colour\n");
    const args = ["finetune", at("rows.csv"), at("encoder"), at("model"), "--test", at("other.csv")];
    const { code, err } = await bertlet(...args);
    expect([code, err]).toEqual([1, expect.stringContaining('has the label "colour", which no example has')]);
  });
});
