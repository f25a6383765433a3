// bertlet train: from a CSV to a model with one more head.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runHead } from "../../src/heads/run.ts";
import { sequenceClassifier } from "../../src/heads/sequence-classification.ts";
import { verifyPacked } from "../../src/model-file/verify.ts";
import { loadPacked } from "../../src/models/loaded-model.ts";
import { bertlet } from "./bertlet.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const ROWS = [
  ["Where is my parcel?", "delivery"],
  ["The package has not arrived", "delivery"],
  ["My order is late again", "delivery"],
  ["I want my money back", "refund"],
  ["Please refund the purchase", "refund"],
  ["When will I be repaid?", "refund"],
];

let folder: string;
let csv: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-train-"));
  csv = join(folder, "rows.csv");
  file = join(folder, "model.safetensors");
  await writeFile(csv, ["text,topic", ...ROWS.map((row) => row.join(","))].join("\n"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a CSV becomes a head of the model, which answers", async () => {
  const { code, out, err } = await bertlet("train", csv, MODEL, file, "--folds", "3");
  expect([code, err]).toEqual([0, "note: few examples: delivery (3), refund (3)\n"]);
  expect(out).toContain("head topic, 2 labels from 6 examples (text, topic)");
  expect(out).toMatch(/accuracy \d+\.\d %/);
  const bytes = new Uint8Array(await readFile(file));
  await verifyPacked(bytes);
  const model = await loadPacked(bytes);
  const head = model.heads.find(({ name }) => name === "topic")!;
  const [answer] = await runHead(model, sequenceClassifier(head), ["the parcel never came"], {});
  expect(answer![0]!.label).toBe("delivery");
  await model.session.release();
});

test("a text that is longer than the model reads is truncated, which is said", async () => {
  await writeFile(csv, `${await readFile(csv, "utf8")}\n${"late again ".repeat(400)},delivery`);
  const { err, out } = await bertlet("train", csv, MODEL, file, "--folds", "0", "--json");
  expect(err).toContain("note: 1 text is longer than the model reads: truncated\n");
  expect(JSON.parse(out)).toMatchObject({ examples: 7, truncated: 1 });
});

test("the report is JSON on request, and a head is replaced only on request", async () => {
  const first = await bertlet("train", csv, MODEL, file, "--json", "--name", "emotion", "--folds", "0");
  expect([first.code, first.out]).toEqual([1, ""]);
  expect(first.err).toContain("emotion");
  expect(await readdir(folder)).toEqual(["rows.csv"]);
  const { code, out } = await bertlet(
    "train",
    csv,
    MODEL,
    file,
    "--json",
    "--name",
    "emotion",
    "--replace",
    "--folds",
    "2",
  );
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    name: "emotion",
    examples: 6,
    labels: ["delivery", "refund"],
    report: { examples: 6, accuracy: expect.any(Number) },
  });
});

test.each([
  [["rows.txt"], 2, "must end in .csv, .tsv, .jsonl"],
  [["none.csv"], 1, "no such file"],
  [["rows.csv", "--strength", "much"], 2, "--strength takes a number"],
  [["rows.csv", "--strength", "0"], 1, "strength must be a number above 0"],
  [["rows.csv", "--name", "a b"], 1, "name must consist of"],
  [["rows.csv", "--label", "intent"], 1, "there is no column intent; there are text, topic"],
  [["rows.csv", "--fold", "3"], 2, "bertlet train has no option --fold"],
])("%j fails, and writes nothing", async ([source, ...options], code, message) => {
  const outcome = await bertlet("train", join(folder, source!), MODEL, file, ...options);
  expect([outcome.code, outcome.out]).toEqual([code, ""]);
  expect(outcome.err).toContain(message);
  expect(await readdir(folder)).toEqual(["rows.csv"]);
});
