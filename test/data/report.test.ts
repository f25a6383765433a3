// What is said of rows before anything is trained on them.
import { expect, test } from "vitest";
import { examineRows, reportNotes, unusedNote } from "../../src/data/report.ts";

const COLUMNS = { text: "text", label: "label" };
const table = (name: string, ...rows: readonly (readonly [string, unknown])[]) => ({
  name,
  columns: ["id", "text", "label"],
  rows: rows.map(([text, label], id) => ({ id, text, label })),
});

test("empty, repeated and contradictory rows and rare labels are found, across files, with their places", () => {
  const many = Array.from({ length: 8 }, (_, index) => [`n${index}`, "many"] as const);
  const { examples, places, report } = examineRows(
    [table("a.csv", ["a", "x"], ["", "x"], ["b", null], ...many), table("b.csv", ["a", "x"], ["a", "y"])],
    COLUMNS,
  );
  expect(examples).toHaveLength(10);
  expect(places.at(-1)).toEqual({ file: "b.csv", row: 2 });
  expect(report).toEqual({
    rows: 13,
    examples: 10,
    columns: COLUMNS,
    unused_columns: ["id"],
    empty: [
      { file: "a.csv", row: 2 },
      { file: "a.csv", row: 3 },
    ],
    duplicates: [{ file: "b.csv", row: 1 }],
    contradictions: [
      {
        text: "a",
        labels: ["x", "y"],
        rows: [
          { file: "a.csv", row: 1 },
          { file: "b.csv", row: 2 },
        ],
      },
    ],
    labels: [
      { label: "many", examples: 8 },
      { label: "x", examples: 1 },
      { label: "y", examples: 1 },
    ],
    rare: ["x", "y"],
  });
  expect(reportNotes(report)).toEqual([
    "2 rows without a text or a label: left out",
    "1 row that another row repeats: left out",
    '"a" has the labels x and y',
    "few examples: x (1), y (1)",
  ]);
  expect(unusedNote(report)).toEqual(["texts are in text and labels in label; not read: id"]);
});

test("numbers are no labels to count, and lists count for each of theirs", () => {
  expect(examineRows([table("a", ["a", 1], ["b", 2])], COLUMNS).report.labels).toEqual([]);
  expect(examineRows([table("a", ["a", ["x", "y"]], ["b", ["x"]])], COLUMNS).report.labels).toEqual([
    { label: "x", examples: 2 },
    { label: "y", examples: 1 },
  ]);
});

test("long lists are cut, which is said", () => {
  const rows = Array.from({ length: 7 }, (_, index) => [
    [`t${index}`, `x${index}`] as const,
    [`t${index}`, `y${index}`] as const,
  ]).flat();
  const notes = reportNotes(examineRows([table("a", ...rows)], COLUMNS).report);
  expect(notes).toContain("and 2 more texts with several labels");
  expect(notes.at(-1)).toMatch(/^few examples: .* and 9 more$/);
});
