// The metrics against scikit-learn's, scipy's and seqeval's figures, and SQuAD's against the official script.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bootstrapInterval } from "../../src/eval/bootstrap.ts";
import { scoreClasses } from "../../src/eval/classes.ts";
import { pearson, spearman } from "../../src/eval/correlation.ts";
import { scoreProbabilities } from "../../src/eval/probabilities.ts";
import { scoreSpans, spansOf } from "../../src/eval/spans.ts";
import { normalizeAnswer, scoreAnswer } from "../../src/eval/squad.ts";
import { reference } from "../functions/python.ts";

const ABSENT = "../shared is not here";
const golden = await readFile("../shared/goldens/training/metrics.json", "utf8").then(JSON.parse, () => undefined);

describe.skipIf(!golden)(golden ? "the reference's figures" : `the reference's figures: ${ABSENT}`, () => {
  test("of classes", () => {
    const { accuracy, balanced_accuracy, macro_f1, weighted_f1, matthews, confusion } = golden.classification;
    const expected = { accuracy, balanced_accuracy, macro_f1, weighted_f1, matthews };
    for (const [name, value] of Object.entries(scoreClasses(confusion)))
      expect(value, name).toBeCloseTo(expected[name as keyof typeof expected], 12);
  });

  test("of probabilities", () => {
    const { labels, probabilities, micro_f1, ...expected } = golden.classification;
    const names = [...new Set<number>(labels)].toSorted((a, b) => a - b);
    const scores = scoreProbabilities(probabilities.flat(), Int32Array.from(labels), names.length);
    // The figure is that of the probabilities before they were rounded to the digits of the golden.
    expect(scores.log_loss).toBeCloseTo(expected.log_loss, 8);
    expect(scores.top2_accuracy).toBeCloseTo(expected.top2, 12);
    expect(scores.roc_auc).toBeCloseTo(expected.roc_auc_ovr_macro, 12);
    // With one label per example, they are the same.
    expect(micro_f1).toBe(expected.accuracy);
  });

  test("of numbers", () => {
    const { x, y, ...expected } = golden.correlation;
    expect(spearman(x, y)).toBeCloseTo(expected.spearman, 12);
    // The figure is that of x before it was rounded to the digits of the golden.
    expect(pearson(x, y)).toBeCloseTo(expected.pearson, 6);
  });

  test("of spans, leniently and by IOB2", () => {
    const { gold, predicted, lenient, strict_iob2 } = golden.spans;
    const loose = scoreSpans(gold, predicted, "lenient");
    for (const name of ["precision", "recall", "f1", "macro_f1"] as const)
      expect(loose[name], name).toBeCloseTo(lenient[name], 12);
    for (const { label, spans, ...scores } of loose.labels) {
      const wanted = lenient.report[label];
      expect(spans).toBe(wanted.support);
      expect([scores.precision, scores.recall, scores.f1]).toEqual(
        [wanted.precision, wanted.recall, wanted["f1-score"]].map((value) => expect.closeTo(value, 12)),
      );
    }
    const strict = scoreSpans(gold, predicted, "iob2");
    for (const name of ["precision", "recall", "f1"] as const)
      expect(strict[name], name).toBeCloseTo(strict_iob2[name], 12);
  });
});

test("probabilities that tie, labels that nobody has, and no examples", () => {
  const labels = Int32Array.of(0, 1, 0);
  const tied = scoreProbabilities(new Float64Array(9).fill(1 / 3), labels, 3);
  expect(tied).toEqual({ log_loss: expect.closeTo(Math.log(3), 12), top2_accuracy: 1 / 3, roc_auc: 0.5 });
  const sure = scoreProbabilities([0, 1, 1, 0], Int32Array.of(0, 1), 2);
  expect(sure).toEqual({ log_loss: expect.closeTo(52 * Math.LN2, 10), top2_accuracy: 1, roc_auc: 0 });
  expect(scoreProbabilities([], new Int32Array(0), 2)).toEqual({ log_loss: 0, top2_accuracy: 0, roc_auc: 0 });
});

test("spans of every mark, and none of nothing", () => {
  const of = (scheme: "lenient" | "iob2", ...tags: string[]) =>
    spansOf(tags, scheme).map(({ start, end, label }) => `${start}-${end} ${label}`);
  expect(of("lenient", "B-A", "I-A", "E-A", "S-B", "I-A", "O", "I-C")).toEqual(["0-3 A", "3-4 B", "4-5 A", "6-7 C"]);
  expect(of("iob2", "I-A", "B-A", "I-A", "I-B", "B-B")).toEqual(["1-3 A", "4-5 B"]);
  expect(scoreSpans([["O"]], [["O"]], "lenient")).toEqual({ precision: 0, recall: 0, f1: 0, macro_f1: 0, labels: [] });
});

test("an interval holds the score, and is the same every time", () => {
  const items = Array.from({ length: 200 }, (_, i) => Number(i % 4 !== 0));
  const mean = (sample: readonly number[]) => sample.reduce((a, b) => a + b) / sample.length;
  const [low, high] = bootstrapInterval(items, mean);
  expect(low).toBeLessThan(0.75);
  expect(high).toBeGreaterThan(0.75);
  expect(high - low).toBeGreaterThan(0.08);
  expect(high - low).toBeLessThan(0.16);
  expect(bootstrapInterval(items, mean)).toEqual([low, high]);
});

const hasReference = await reference("-c", "import transformers; assert transformers.__version__ == '4.46.3'");
const reason = hasReference.code === 0 ? "" : " (skipped: python has no transformers 4.46.3; set BERTLET_REFERENCE)";

// The official script's functions, as transformers carries them.
const OFFICIAL = `
import json, sys
from transformers.data.metrics.squad_metrics import compute_exact, compute_f1, normalize_answer
def score(case):
    answers = [a for a in case["answers"] if normalize_answer(a)] or [""]
    return [max(f(a, case["predicted"]) for a in answers) for f in (compute_exact, compute_f1)]
print(json.dumps([score(case) for case in json.load(open(sys.argv[1]))]))
`;

test.skipIf(reason !== "")(`SQuAD's official scores, to the last digit${reason}`, async () => {
  const words = [
    "the",
    "Eiffel",
    "tower",
    "a",
    "in",
    "Paris,",
    "1889",
    "—",
    "an",
    "naïve",
    "’s",
    "U.S.",
    "The",
    "ß",
    "a’b",
  ];
  const pick = (seed: number, length: number) =>
    Array.from({ length }, (_, i) => words[(seed * 7 + i * i * 5 + i * seed) % words.length]!).join(" ");
  const cases = Array.from({ length: 400 }, (_, i) => ({
    answers: i % 5 === 0 ? [] : Array.from({ length: 1 + (i % 3) }, (_, a) => pick(i + a, 1 + ((i + a) % 5))),
    predicted: i % 7 === 0 ? "" : pick(i + (i % 2), 1 + (i % 4)),
  }));
  const folder = await mkdtemp(join(tmpdir(), "bertlet-squad-"));
  const file = join(folder, "cases.json");
  await writeFile(file, JSON.stringify(cases));
  const { code, stdout } = await reference("-c", OFFICIAL, file);
  await rm(folder, { recursive: true });
  expect(code).toBe(0);
  const own = cases.map(({ predicted, answers }) => Object.values(scoreAnswer(predicted, answers)));
  expect(own).toEqual(JSON.parse(stdout));
});

test("answers are compared without case, punctuation and articles", () => {
  expect(normalizeAnswer("The  Eiffel-Tower, in a  Café!")).toBe("eiffeltower in café");
  // Python's white space, which is not JavaScript's.
  expect(normalizeAnswer("a\x1cb\x85c\ufeffx")).toBe("b c\ufeffx");
  expect(scoreAnswer("", [])).toEqual({ exact: 1, f1: 1 });
  expect(scoreAnswer("something", [])).toEqual({ exact: 0, f1: 0 });
  expect(scoreAnswer("in Paris", ["Paris", "the city of Paris"]).f1).toBeCloseTo(2 / 3, 12);
});
