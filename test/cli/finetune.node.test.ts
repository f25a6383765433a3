// bertlet finetune: a checkpoint and labelled texts become a folder with a classifier.
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
  const config = tinyConfig({ vocab_size: vocabulary.length, architectures: ["BertModel"] });
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
  const { losses, settings, truncated, test: tested } = JSON.parse(out);
  expect(losses).toHaveLength(80);
  expect(losses.at(-1)).toBeLessThan(losses[0] / 2);
  expect([settings.learningRate, truncated, tested.report.accuracy]).toEqual([0.01, 0, 1]);
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

describe("is refused, and nothing is written:", () => {
  test.each([
    ["a folder that exists", ["encoder"], 2, "exists already"],
    ["a number that is none", ["model", "--epochs", "many"], 2, "--epochs takes a number"],
    ["no epoch", ["model", "--epochs", "0"], 1, "epochs"],
    ["more layers than there are", ["model", "--layers", "9"], 1, "layers is 9; the model has 2"],
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
