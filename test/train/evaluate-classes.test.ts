// What is said of a head's answers.
import { expect, test } from "vitest";
import { evaluateClasses } from "../../src/train/evaluate-classes.ts";

test("macro F1 is the mean of the labels that occur among examples or answers, whatever else the head has", () => {
  // Two examples of a, of which one is answered with c; one of b; d never occurs.
  const logits = Float32Array.from([9, 0, 0, 0, 0, 0, 9, 0, 0, 9, 0, 0]);
  const report = evaluateClasses(logits, Int32Array.of(0, 0, 1), ["a", "b", "c", "d"], 1);
  expect(report.accuracy).toBeCloseTo(2 / 3, 12);
  expect(report.macro_f1).toBeCloseTo((2 / 3 + 1 + 0) / 3, 12);
});
