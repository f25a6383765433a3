// Folders of Hugging Face data sets: which files a split has, and names of classes.
import { expect, test } from "vitest";
import { classNamesOf, nameClasses } from "../../src/data/class-labels.ts";
import { filesOfSplit } from "../../src/data/dataset-folder.ts";
import { tableOf } from "../../src/data/table.ts";
import { expectError } from "../expect-error.ts";

const HUB = [
  "README.md",
  "dataset_info.json",
  ".cache/train.json",
  "data/train-00001-of-00002.parquet",
  "data/train-00000-of-00002.parquet",
  "data/validation-00000-of-00001.parquet",
];

test("files of a split are found by their names, in order", async () => {
  expect(filesOfSplit(HUB, "train")).toEqual({
    names: ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"],
    notes: [],
  });
  expect(filesOfSplit(HUB, "test")).toEqual({
    names: ["data/validation-00000-of-00001.parquet"],
    notes: ["the test split is the one called validation"],
  });
  expect(filesOfSplit(["a.csv", "trainer.csv"], "train").names).toEqual(["a.csv", "trainer.csv"]);
  await expectError(() => filesOfSplit(["a.csv"], "test"), "invalid_input", "no test split; the files are a.csv");
  await expectError(() => filesOfSplit(["test.csv"], "train"), "invalid_input", "no train split");
  await expectError(() => filesOfSplit(["README.md"], "train"), "invalid_input", "no file that ends in .csv");
  await expectError(() => filesOfSplit(["train/data-0.arrow"], "train"), "invalid_input", "to_parquet");
});

test("indices of ClassLabel columns become names; -1 is no label, and other indices are refused", async () => {
  const classes = classNamesOf({
    features: {
      text: { dtype: "string", _type: "Value" },
      label: { names: ["neg", "pos"], _type: "ClassLabel" },
      tags: { feature: { names: ["a", "b"], _type: "ClassLabel" }, _type: "Sequence" },
      old: [{ names: ["c"], _type: "ClassLabel" }],
    },
  });
  expect([...classes.keys()]).toEqual(["label", "tags", "old"]);
  const table = tableOf([
    { text: "1", label: 1, tags: [0, 1] },
    { text: "2", label: "0", tags: [] },
    { text: "3", label: -1, tags: null },
    { text: "4", label: "pos", tags: [1] },
  ]);
  expect(nameClasses(table, classes).rows).toEqual([
    { text: "1", label: "pos", tags: ["a", "b"] },
    { text: "2", label: "neg", tags: [] },
    { text: "3", label: undefined, tags: undefined },
    { text: "4", label: "pos", tags: ["b"] },
  ]);
  for (const label of [2, 0.5, "unknown", {}])
    await expectError(
      () => nameClasses(tableOf([{ label }]), classes),
      "invalid_input",
      "row 1: label is",
      "2 classes",
    );
  for (const info of [
    null,
    1,
    [],
    {},
    { features: null },
    { features: { a: null, b: [], c: { _type: "ClassLabel" } } },
  ])
    expect(classNamesOf(info).size).toBe(0);
});
