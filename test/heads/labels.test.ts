// Logits to labels: which scores a head gives where nobody says, and in which order.
import { expect, test } from "vitest";
import type { HeadSpec } from "../../src/architectures/head-spec.ts";
import { type LabelOptions, NONE, toLabels } from "../../src/heads/labels.ts";
import { argmax, logSoftmax, topIndices, toScores } from "../../src/heads/scores.ts";
import { expectError } from "../expect-error.ts";

type Head = Pick<HeadSpec, "labels" | "problem_type">;
const LOGITS = Float32Array.of(0, Math.log(3), Math.log(4));
const labels = ["a", "b", "c"];

test.each<[string, Head, LabelOptions, [label: string, score: number][]]>([
  [
    "softmax for a single label",
    { labels, problem_type: null },
    { topK: null },
    [
      ["c", 0.5],
      ["b", 0.375],
      ["a", 0.125],
    ],
  ],
  ["the best alone when nothing is said", { labels, problem_type: "single_label_classification" }, {}, [["c", 0.5]]],
  [
    "sigmoid for several labels at once",
    { labels, problem_type: "multi_label_classification" },
    { topK: 2 },
    [
      ["c", 0.8],
      ["b", 0.75],
    ],
  ],
  ["the number itself for a regression", { labels, problem_type: "regression" }, {}, [["c", Math.log(4)]]],
  [
    "what is asked for",
    { labels, problem_type: null },
    { functionToApply: "none", topK: 9 },
    [
      ["c", Math.log(4)],
      ["b", Math.log(3)],
      ["a", 0],
    ],
  ],
])("gives %s", (_what, head, options, expected) => {
  const found = toLabels(LOGITS, head, options);
  expect(found.map(({ label }) => label)).toEqual(expected.map(([label]) => label));
  for (const [index, [, score]] of expected.entries()) expect(found[index]!.score).toBeCloseTo(score, 6);
});

test("a single label is scored by itself: sigmoid", () => {
  expect(toLabels(Float32Array.of(0), { labels: ["relevance"], problem_type: null }, {})).toEqual([
    { label: "relevance", score: 0.5 },
  ]);
});

test("a temperature divides logits before they become probabilities, and leaves raw ones alone", () => {
  const head = { labels: ["a", "b"], problem_type: null, temperature: 2 };
  expect(toLabels(Float32Array.of(0, 2 * Math.log(3)), head, {})[0]!.score).toBeCloseTo(0.75, 6);
  expect(toLabels(Float32Array.of(0, 4), head, { functionToApply: "none" })[0]!.score).toBe(4);
});

test("equals keep their order", () => {
  const found = toLabels(new Float32Array(3), { labels, problem_type: null }, { topK: null });
  expect(found.map(({ label }) => label)).toEqual(labels);
  expect(topIndices([1, 3, 2, 3, 0], 3)).toEqual([1, 3, 2]);
  expect(topIndices([1, 1, 1], 2)).toEqual([0, 1]);
  expect(topIndices([1, 2], 5)).toEqual([1, 0]);
  expect(topIndices([1, 2], 0)).toEqual([]);
  const many = Array.from({ length: 500 }, (_, i) => (i * 37) % 100);
  for (const k of [64, 65]) expect(topIndices(many, k)).toEqual(topIndices(many, 500).slice(0, k));
  expect(argmax(Float32Array.of(2, 5, 5))).toBe(1);
});

test("large logits overflow nothing", () => {
  expect(toScores(Float32Array.of(1000, 1000), "softmax")).toEqual(Float32Array.of(0.5, 0.5));
  expect(toScores(Float32Array.of(-1000, 1000), "sigmoid")).toEqual(Float32Array.of(0, 1));
  expect(logSoftmax(Float32Array.of(1000, 1000))[0]).toBeCloseTo(-Math.log(2), 5);
});

const sure = { labels, problem_type: null };
const answerOf = (head: Parameters<typeof toLabels>[1], logits: readonly number[]) =>
  toLabels(Float32Array.from(logits), head, { abstain: true });

test("a head abstains where its best label is less probable than the label's threshold, and says what it would have answered", () => {
  const head = { ...sure, thresholds: [0, 0, 0.6] };
  const [answer] = answerOf(head, [...LOGITS]);
  expect(answer).toMatchObject({ label: NONE, abstained: [{ label: "c" }] });
  expect(answer!.score).toBeCloseTo(0.5, 5);
  expect(answerOf({ ...head, thresholds: [0, 0, 0.4] }, [...LOGITS])).toMatchObject([{ label: "c" }]);
  // The temperature comes first.
  expect(answerOf({ ...head, temperature: 0.1 }, [...LOGITS])).toMatchObject([{ label: "c" }]);
  expect(toLabels(LOGITS, head, {})).toMatchObject([{ label: "c" }]);
});

test("a head abstains from texts of little energy, and from those that its own label for them fits best", () => {
  const head = { ...sure, out_of_scope: { energy: 2, label: "c" } };
  expect(answerOf(head, [3, 0, 0])).toMatchObject([{ label: "a" }]);
  expect(answerOf(head, [1, 0, 0.5])).toMatchObject([{ label: NONE, abstained: [{ label: "a" }] }]);
  expect(answerOf(head, [3, 0, 4])).toMatchObject([{ label: NONE, abstained: [{ label: "c" }] }]);
});

test("a head without thresholds cannot abstain", async () => {
  await expectError(() => answerOf(sure, [...LOGITS]), "unsupported", "bertlet train");
  const several = { labels, problem_type: "multi_label_classification" as const, thresholds: [0, 0, 0] };
  await expectError(() => answerOf(several, [...LOGITS]), "unsupported");
});
