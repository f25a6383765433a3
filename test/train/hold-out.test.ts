// Examples that are held out: of each label its share, one at least, and never what training needs.
import { expect, test } from "vitest";
import { holdOut } from "../../src/train/fine-tune/hold-out.ts";
import { expectError } from "../expect-error.ts";

const labels = [
  ...Array(20).fill("a"),
  ...Array(8).fill("b"),
  ...Array(3).fill("c"),
  ...Array(2).fill("d"),
] as string[];
const count = (indices: readonly number[]) =>
  ["a", "b", "c", "d"].map((label) => indices.filter((index) => labels[index] === label).length);

test("each label gives its share, one at least, and keeps what is needed", () => {
  const { trained, held } = holdOut(labels, 0.2, 2, 1);
  expect([count(held), count(trained)]).toEqual([
    [4, 2, 1, 0],
    [16, 6, 2, 2],
  ]);
  expect([...trained, ...held].toSorted((a, b) => a - b)).toEqual([...labels.keys()]);
  expect(count(holdOut(labels, 0.1, 2, 1).held)).toEqual([2, 1, 1, 0]);
  expect(count(holdOut(labels, 0.5, 1, 1).held)).toEqual([10, 4, 2, 1]);
});

test("what is held out follows from the seed", () => {
  expect(holdOut(labels, 0.2, 2, 1)).toEqual(holdOut(labels, 0.2, 2, 1));
  expect(holdOut(labels, 0.2, 2, 1)).not.toEqual(holdOut(labels, 0.2, 2, 2));
});

test("labels that have nothing to spare are refused", async () => {
  await expectError(() => holdOut(["a", "a", "b", "b"], 0.5, 2, 0), "invalid_input", "more than 2 examples");
});
