// Logits to labels: which scores a head gives where nobody says, and in which order.
import { expect, test } from "vitest";
import type { HeadSpec } from "../../src/architectures/head-spec.ts";
import { type LabelOptions, toLabels } from "../../src/heads/labels.ts";
import { argmax, logSoftmax, topIndices, toScores } from "../../src/heads/scores.ts";

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
