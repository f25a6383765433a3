// bertlet train: from a CSV to a model with one more head.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
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
  [["none.csv"], 1, "no such file"],
  [["rows.csv", "--strength", "much"], 2, "--strength takes a number"],
  [["rows.csv", "--strength", "0"], 1, "strength must be a number above 0"],
  [["rows.csv", "--name", "a b"], 1, "name must consist of"],
  [["rows.csv", "--label", "intent"], 1, "there is no column intent; there are text, topic"],
  [["rows.csv", "--kind", "many"], 2, "--kind is one of one, several, number, and not many"],
  [["rows.csv", "--kind", "number"], 1, 'is not a number, but "delivery"'],
  [["rows.csv", "--format", "xlsx"], 2, "--format is one of csv, tsv"],
  [["rows.csv", "--format", "parquet"], 1, "rows.csv: the Parquet file cannot be read"],
  [["rows.csv", "--report", "page.html", "--folds", "0"], 2, "--report needs --folds"],
  [["rows.csv", "--report", "page.html", "--kind", "several"], 1, "--report shows heads of one label per text"],
  [["rows.csv", "--fold", "3"], 2, "bertlet train has no option --fold"],
])("%j fails, and writes nothing", async ([source, ...options], code, message) => {
  const outcome = await bertlet("train", join(folder, source!), MODEL, file, ...options);
  expect([outcome.code, outcome.out]).toEqual([code, ""]);
  expect(outcome.err).toContain(message);
  expect(await readdir(folder)).toEqual(["rows.csv"]);
});

test("several files and a folder of a data set are read together, and what is wrong with them is in the JSON", async () => {
  const more = join(folder, "more.jsonl");
  await writeFile(
    more,
    `${JSON.stringify({ text: "Where is my parcel?", topic: "delivery", id: 1 })}\n${JSON.stringify({ text: "my order is late again", topic: 1 })}\n`,
  );
  const set = join(folder, "set");
  await mkdir(set);
  await writeFile(
    join(set, "dataset_info.json"),
    JSON.stringify({ features: { topic: { names: ["delivery", "refund"], _type: "ClassLabel" } } }),
  );
  await writeFile(join(set, "train.csv"), "text,topic\npay me back,1\n");
  await writeFile(join(set, "test.csv"), "text,topic\nthe parcel is lost,0\npay me back,1\n");
  const { code, out, err } = await bertlet(
    "train",
    csv,
    more,
    set,
    MODEL,
    file,
    "--kind",
    "one",
    "--test",
    set,
    "--folds",
    "2",
    "--json",
  );
  expect(code, err).toBe(0);
  const { data, notes, labels, test: tested } = JSON.parse(out);
  expect(labels).toEqual(["1", "delivery", "refund"]);
  expect(data).toMatchObject({
    files: [
      { file: "rows.csv", format: "csv", encoding: "utf-8", rows: 6 },
      { file: "more.jsonl", format: "jsonl", rows: 2 },
      { file: "train.csv", format: "csv", rows: 1 },
    ],
    examples: 8,
    unused_columns: ["id"],
    duplicates: [{ file: "more.jsonl", row: 1 }],
  });
  expect(notes).toContain("1 row that another row repeats: left out");
  expect(tested).toMatchObject({ report: { examples: 2 }, data: { files: [{ file: "test.csv" }] } });
  expect(err).toContain("note: test: 1 of 2 texts are among those that are trained on, too\n");
});

test("--report writes a page, of which the JSON has the figures", async () => {
  const page = join(folder, "report.html");
  const { code, out, err } = await bertlet(
    "train",
    csv,
    MODEL,
    file,
    "--folds",
    "3",
    "--report",
    page,
    "--test",
    csv,
    "--json",
  );
  expect(code, err).toBe(0);
  const { analysis, report, test: tested } = JSON.parse(out);
  expect(analysis.learning_curve.at(-1).examples).toBeLessThan(6);
  expect(analysis.reliability).toHaveLength(10);
  expect(analysis.needs_examples).toHaveLength(2);
  // The head has seen these, and they are few.
  expect(tested.report.accuracy).toBe(1);
  const text = await readFile(page, "utf8");
  expect(text).toContain("<h1>Head topic</h1>");
  expect(text).toContain(`Accuracy ${(100 * report.accuracy).toFixed(1)} %`);
  expect(text).toContain("Accuracy 100.0 %");
});

test("labels in one field may be several, and numbers make a head of numbers, which is said", async () => {
  await writeFile(csv, "text,tags\nlate and broken,delivery; quality\nlate,delivery\nthanks,\n");
  const several = await bertlet("train", csv, MODEL, file, "--kind", "several", "--json");
  expect(JSON.parse(several.out)).toMatchObject({ examples: 3, labels: ["delivery", "quality"] });
  const rows = join(folder, "rows.jsonl");
  await writeFile(rows, '{"text":"good","score":1}\n{"text":"bad","score":0}\n');
  const numbers = await bertlet("train", rows, MODEL, file, "--json");
  expect(JSON.parse(numbers.out).labels).toEqual(["LABEL_0"]);
  expect(numbers.err).toContain(
    "note: labels are numbers, and the head will give numbers; --kind one reads them as names",
  );
  const names = await bertlet("train", rows, MODEL, file, "--kind", "one", "--folds", "0", "--json");
  expect(JSON.parse(names.out).labels).toEqual(["0", "1"]);
  expect(names.err).not.toContain("labels are numbers");
});

test("heads of several labels and of numbers are measured on folds and on a test file", async () => {
  const several = join(folder, "several.csv");
  const both = ["refund my late parcel", "delivery;refund"];
  await writeFile(several, ["text,topic", ...[...ROWS, both].map((row) => row.join(","))].join("\n"));
  const options = ["--folds", "3", "--test", several, "--json"];
  const labels = await bertlet("train", several, MODEL, file, "--kind", "several", ...options);
  expect(labels.code, labels.err).toBe(0);
  const found = JSON.parse(labels.out);
  expect(found.report).toMatchObject({
    examples: 7,
    labels: [
      { label: "delivery", examples: 4 },
      { label: "refund", examples: 4 },
    ],
  });
  // The head has seen these.
  expect(found.test.report).toMatchObject({ examples: 7, exact: 1, micro_f1: 1, macro_f1: 1 });
  const numbers = join(folder, "numbers.csv");
  const scores = ["utterly awful,1", "rather bad,2", "it is fine,3", "quite good,4", "simply wonderful,5"];
  await writeFile(numbers, ["text,score", ...scores].join("\n"));
  const options2 = ["--kind", "number", "--strength", "100", "--test", numbers];
  const { code, out, err } = await bertlet("train", numbers, MODEL, file, ...options2);
  expect(code, err).toBe(0);
  const [heldBack, tested] = [...out.matchAll(/mean absolute error (\d\.\d+)/g)].map(([, value]) => Number(value));
  expect(tested).toBeLessThan(0.2);
  expect(heldBack).toBeGreaterThan(tested!);
  const mixed = await bertlet("train", numbers, MODEL, file, "--kind", "number", "--test", csv);
  expect(mixed.err).toContain("rows.csv: there is no column score");
});

test("what a test file must not have is refused before anything is trained", async () => {
  const other = join(folder, "other.csv");
  await writeFile(other, "text,topic\na,praise\n");
  const outcome = await bertlet("train", csv, MODEL, file, "--test", other);
  expect([outcome.code, outcome.out]).toEqual([1, ""]);
  expect(outcome.err).toContain('has the label "praise", which no example has');
  const numbers = join(folder, "numbers.jsonl");
  await writeFile(numbers, '{"text":"a","topic":1}');
  const others = await bertlet("train", csv, MODEL, file, "--test", numbers);
  expect(others.err).toContain("has another kind of label than what is trained on");
  expect((await readdir(folder)).toSorted()).toEqual(["numbers.jsonl", "other.csv", "rows.csv"]);
});

test.each([
  ["ner.conll", "Ada B-PER\n", "ner.conll (conll) labels parts of texts: heads of tokens are not trained"],
  [
    "qa.jsonl",
    '{"question":"Who?","context":"Ada","answers":{"text":[],"answer_start":[]}}',
    "qa.jsonl (squad) has questions with answers: heads of answers are not trained",
  ],
  ["rows.txt", "text,label\n", "rows.txt: its name must end in .csv"],
  ["rows.jsonl", "", "rows.jsonl: there are no rows"],
  ["rows.jsonl", '{"text":"a","label":"x"}', "rows.jsonl: there is no column topic"],
])("%s cannot be trained on, which is said: %#", async (name, content, message) => {
  await writeFile(join(folder, name), content);
  const outcome = await bertlet("train", csv, join(folder, name), MODEL, file);
  expect([outcome.code, outcome.out]).toEqual([1, ""]);
  expect(outcome.err).toContain(message);
});
