// Thresholds of labels, whatever a model calls them.
import { expect, test } from "vitest";
import { thresholdOf } from "../../src/webhooks/tags.ts";

const threshold = {
  all: 0.5,
  labels: new Map([
    ["anger", 0.3],
    ["constructor", 0.2],
  ]),
};

test.each([
  ["anger", 0.3],
  ["joy", 0.5],
  ["constructor", 0.2],
  ["toString", 0.5],
  ["__proto__", 0.5],
])("%s counts from %d", (label, score) => {
  expect(thresholdOf({ label, score: 1 }, threshold)).toBe(score);
});
