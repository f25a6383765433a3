// Which columns texts and labels are in, and what labels are read as.
import { describe, expect, test } from "vitest";
import { chooseColumns, type LabelKind, labelledText } from "../../src/data/label-rows.ts";
import { expectError } from "../expect-error.ts";

test("columns are guessed by their names, whatever their case, and may be told", async () => {
  expect(chooseColumns(["id", " Utterance", "INTENT"])).toEqual({ text: " Utterance", label: "INTENT" });
  expect(chooseColumns(["text", "label", "topic"], { label: "topic" })).toEqual({ text: "text", label: "topic" });
  await expectError(() => chooseColumns(["a", "b"]), "invalid_input", "which column holds the texts? There are a, b");
  await expectError(
    () => chooseColumns(["text", "b"], { label: "c" }),
    "invalid_input",
    "no column c; there are text, b",
  );
  await expectError(() => chooseColumns(["text"], { label: "text" }), "invalid_input", "cannot both be in text");
});

const COLUMNS = { text: "text", label: "label" };
const labelOf = (label: unknown, kind?: LabelKind) => labelledText({ text: "a", label }, COLUMNS, kind)?.label;

describe("a label is read as its kind says", () => {
  test.each<[unknown, LabelKind | undefined, unknown]>([
    [" x ", undefined, "x"],
    [1, undefined, 1],
    [false, undefined, "false"],
    [true, "one", "true"],
    [["x", "y"], undefined, ["x", "y"]],
    ["", undefined, undefined],
    [null, undefined, undefined],
    [1, "one", "1"],
    [["x"], "one", "x"],
    ["x, y;z|", "several", ["x", "y", "z"]],
    ["", "several", []],
    [3, "several", ["3"]],
    [null, "several", undefined],
    [" 0.5 ", "number", 0.5],
    ["", "number", undefined],
  ])("%j as %s", (label, kind, wanted) => {
    expect(labelOf(label, kind)).toEqual(wanted);
  });

  test.each<[unknown, LabelKind | undefined, string]>([
    [{}, undefined, "neither a text, nor a number, nor a list of texts"],
    [[1], undefined, "neither a text"],
    [["x", "y"], "one", 'not one label, but ["x","y"]'],
    ["much", "number", 'not a number, but "much"'],
    [["1"], "number", "not a number"],
    ["1e999", "number", "not a number"],
  ])("%j as %s is refused", async (label, kind, message) => {
    await expectError(() => labelOf(label, kind), "invalid_input", 'the label of "a"', message);
  });
});

test("a column that objects inherit is empty in rows that lack it", () => {
  expect(labelledText({ text: "a" }, { text: "text", label: "constructor" })).toBeUndefined();
});
