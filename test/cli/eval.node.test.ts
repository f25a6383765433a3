// bertlet eval: how often a classifier is right on labelled texts.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bertlet } from "./bertlet.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const ROWS = [
  ["a delight from start to finish", "POSITIVE"],
  ["simply wonderful", "POSITIVE"],
  ["a dull mess", "NEGATIVE"],
  // Wrong on purpose.
  ["the worst film of the year", "POSITIVE"],
];

let folder: string;
let csv: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-eval-"));
  csv = join(folder, "rows.csv");
  await writeFile(csv, ["text,label", ...ROWS.map((row) => row.join(","))].join("\n"));
});
afterEach(() => rm(folder, { recursive: true }));

test("accuracy with its interval, the confusion of labels, and the row that looks wrong", async () => {
  const { code, out } = await bertlet("eval", csv, MODEL, "--head", "sentiment", "--json");
  expect(code).toBe(0);
  const { report } = JSON.parse(out);
  expect(report).toMatchObject({
    examples: 4,
    accuracy: 0.75,
    confusion: [
      [1, 0],
      [1, 2],
    ],
    doubts: [{ index: 3, label: "POSITIVE", predicted: "NEGATIVE" }],
  });
  // Wilson's interval for three of four.
  expect(report.accuracy_interval[0]).toBeCloseTo(0.3006, 3);
  expect(report.accuracy_interval[1]).toBeCloseTo(0.9544, 3);
  const text = await bertlet("eval", csv, MODEL, "--head", "sentiment");
  expect(text.out).toContain("accuracy 75.0 % (95 %: 30.1 % to 95.4 %)");
  expect(text.out).toContain("the worst film of the year");
});

test("a text that is longer than the model reads is truncated, which is said", async () => {
  await writeFile(csv, `${await readFile(csv, "utf8")}\n${"a dull mess ".repeat(300)},NEGATIVE`);
  const { err, out } = await bertlet("eval", csv, MODEL, "--head", "sentiment", "--json");
  expect(err).toContain("note: 1 text is longer than the model reads: truncated\n");
  expect(JSON.parse(out)).toMatchObject({ truncated: 1, report: { examples: 5 } });
});

test.each([
  [["--head", "mood"], 1, "no head mood"],
  [["--head", "rerank"], 1, "head rerank does not choose one of several labels"],
  [["--head", "intent"], 1, 'head intent has no label "POSITIVE"'],
  [["--label", "topic"], 1, "there is no column topic"],
  [["--folds", "2"], 2, "bertlet eval has no option --folds"],
])("%j fails with a sentence", async (options, code, message) => {
  const outcome = await bertlet("eval", csv, MODEL, ...options);
  expect([outcome.code, outcome.out]).toEqual([code, ""]);
  expect(outcome.err).toContain(message);
});
