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
  expect(report).toMatchObject({ top2_accuracy: 1, log_loss: expect.any(Number), roc_auc: expect.any(Number) });
  const text = await bertlet("eval", csv, MODEL, "--head", "sentiment");
  expect(text.out).toMatch(/log loss [\d.]+, among the first two in 100.0 %, ROC AUC [\d.]+/);
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

test("words with tags: F1 of spans, leniently and by IOB2, whatever marks the file has", async () => {
  const file = join(folder, "sentences.conll");
  const sentences = [
    [
      ["Marie", "B-PER"],
      ["Curie", "E-PER"],
      ["was", "O"],
      ["born", "O"],
      ["in", "O"],
      ["Warsaw", "S-LOC"],
      [".", "O"],
    ],
    [
      ["She", "O"],
      ["moved", "O"],
      ["to", "O"],
      ["Paris", "S-LOC"],
      [".", "O"],
    ],
    // Wrong on purpose.
    [
      ["Berlin", "O"],
      ["is", "O"],
      ["in", "O"],
      ["Germany", "S-PER"],
      [".", "O"],
    ],
  ];
  await writeFile(file, sentences.map((rows) => rows.map((row) => `${row.join("\t")}\n`).join("")).join("\n"));
  const { code, out } = await bertlet("eval", file, MODEL, "--head", "entities", "--json");
  expect(code).toBe(0);
  const { head, rows, report } = JSON.parse(out);
  expect([head, rows]).toEqual(["entities", 3]);
  // Three of five found are right, of four.
  expect(report.lenient).toMatchObject({ precision: 0.6, recall: 0.75, f1: 2 / 3 });
  expect(report.lenient.labels.map(({ label, spans }: { label: string; spans: number }) => [label, spans])).toEqual([
    ["LOC", 2],
    ["PER", 2],
  ]);
  expect(report.iob2.f1).toBeCloseTo(2 / 3, 12);
  const text = await bertlet("eval", file, MODEL, "--head", "entities");
  expect(text.out).toMatch(/^head entities, 3 rows\nF1 of spans 66.67 % \(95 %: /);
});

const PASSAGE = "The Eiffel Tower was built in 1889. It is in Paris.";

function squad(...questions: readonly (readonly [question: string, answers: readonly string[]])[]): string {
  const qas = questions.map(([question, answers], id) => ({
    id: String(id),
    question,
    answers: answers.map((text) => ({ text, answer_start: PASSAGE.indexOf(text) })),
  }));
  return JSON.stringify({ data: [{ paragraphs: [{ context: PASSAGE, qas }] }] });
}

test("a word that begins with what the tokenizer drops keeps its tag", async () => {
  const file = join(folder, "dropped.conll");
  await writeFile(file, "Marie B-PER\n\u200bCurie I-PER\nlived O\nin O\n\u200bWarsaw B-LOC\n. O\n");
  const { out } = await bertlet("eval", file, MODEL, "--head", "entities", "--json");
  expect(JSON.parse(out).report.lenient).toMatchObject({ precision: 1, recall: 1, f1: 1 });
});

test("questions: exact match and F1, and those without an answer apart", async () => {
  const file = join(folder, "squad.json");
  const asked = [
    ["When was the Eiffel Tower built?", ["1889"]],
    ["Where is the Eiffel Tower?", ["in Paris"]],
  ] as const;
  await writeFile(file, squad(...asked));
  const { code, out } = await bertlet("eval", file, MODEL, "--json");
  expect(code).toBe(0);
  // "Paris" has one of the two words of "in Paris".
  expect(JSON.parse(out)).toMatchObject({
    head: "question-answering",
    report: { all: { questions: 2, exact: 0.5, f1: expect.closeTo((1 + 2 / 3) / 2, 12) } },
  });
  await writeFile(file, squad(...asked, ["Who painted the Mona Lisa?", []]));
  const { report } = JSON.parse((await bertlet("eval", file, MODEL, "--json")).out);
  expect([report.all.questions, report.answerable.questions, report.unanswerable.questions]).toEqual([3, 2, 1]);
  await writeFile(file, squad(["Who painted the Mona Lisa?", []]));
  const none = JSON.parse((await bertlet("eval", file, MODEL, "--json")).out);
  expect(Object.keys(none.report)).toEqual(["all", "unanswerable"]);
});

test.each([
  ["a tag that the head does not have", "a.conll", "Ada B-WIZARD\n", ["--head", "entities"], 1, 'no label "B-WIZARD"'],
  [
    "spans of characters",
    "a.jsonl",
    '{"text":"Ada","spans":[{"start":0,"end":3,"label":"PER"}]}\n',
    [],
    1,
    "labels characters",
  ],
  ["columns of texts", "a.conll", "Ada B-PER\n", ["--text", "words"], 2, "--text and --label are for labelled texts"],
  ["a format that there is not", "a.conll", "Ada B-PER\n", ["--format", "xml"], 2, "--format is one of csv"],
  ["a classifier", "a.conll", "Ada B-PER\n", ["--head", "sentiment"], 1, "sentiment"],
])("%s cannot be measured", async (_what, name, content, options, code, message) => {
  const file = join(folder, name);
  await writeFile(file, content);
  const outcome = await bertlet("eval", file, MODEL, ...options);
  expect([outcome.code, outcome.out]).toEqual([code, ""]);
  expect(outcome.err).toContain(message);
});

test("files of several kinds are measured one by one", async () => {
  const file = join(folder, "a.conll");
  await writeFile(file, "Ada B-PER\n");
  const { code, err } = await bertlet("eval", csv, file, MODEL);
  expect([code, err]).toEqual([1, expect.stringContaining("labels of texts and tokens: measure them one by one")]);
});
