// Labelled texts from files as people have them.
import { describe, expect, test } from "vitest";
import { type ReadExamplesOptions, readExamples } from "../../src/train/read-examples.ts";
import { expectError } from "../expect-error.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const read = (text: string, options: Partial<ReadExamplesOptions> = {}) =>
  readExamples(utf8(text), { format: "csv", ...options });

describe("columns", () => {
  test.each([
    ["text,label\na b,x\nc,y\n", "csv"],
    ["label;text\nx;a b\ny;c\n", "csv"],
    ["Category\tText\nx\ta b\ny\tc\n", "tsv"],
    ['id,intent,"utterance"\n1,x,"a b"\n2,y,c\n', "csv"],
    ['{"text":"a b","label":"x"}\n\n{"text":"c","label":"y"}\n', "jsonl"],
  ] as const)("are found by their names: %j", (file, format) => {
    expect(read(file, { format }).examples).toEqual([
      { text: "a b", label: "x" },
      { text: "c", label: "y" },
    ]);
  });

  test("may be named, and what cannot be guessed or is not there is said, with those that are", async () => {
    const file = "first,second\na,x\n";
    expect(read(file, { text: "first", label: "second" })).toMatchObject({
      examples: [{ text: "a", label: "x" }],
      columns: { text: "first", label: "second" },
    });
    await expectError(() => read(file), "invalid_input", "which column holds the texts", "first, second");
    await expectError(() => read(file, { text: "third" }), "invalid_input", "third", "first, second");
    await expectError(() => read(file, { text: "first", label: "first" }), "invalid_input", "both be in first");
  });
});

describe("encodings", () => {
  const file = "text,label\nschön,gut\n";
  const wanted = [{ text: "schön", label: "gut" }];

  test("UTF-8 and UTF-16 with a byte order mark", () => {
    expect(read(`\uFEFF${file}`)).toMatchObject({ examples: wanted, notes: [expect.stringContaining("few")] });
    for (const little of [true, false]) {
      const bytes = new DataView(new ArrayBuffer(2 * (file.length + 1)));
      for (const [index, character] of [...`\uFEFF${file}`].entries())
        bytes.setUint16(2 * index, character.charCodeAt(0), little);
      expect(readExamples(new Uint8Array(bytes.buffer), { format: "csv" }).examples).toEqual(wanted);
    }
  });

  test("Windows-1252, which is said", () => {
    const { examples, notes } = readExamples(
      Uint8Array.from(file, (character) => character.charCodeAt(0)),
      { format: "csv" },
    );
    expect(examples).toEqual(wanted);
    expect(notes[0]).toContain("Windows-1252");
  });
});

test("rows without text or label and repeated rows are left out, which is said; so are contradictions and rare labels", () => {
  const { examples, notes } = read("text,label\na,x\n,x\nb,\na,x\na,y\n\n");
  expect(examples).toEqual([
    { text: "a", label: "x" },
    { text: "a", label: "y" },
  ]);
  expect(notes).toEqual([
    "2 rows without a text or a label: left out",
    "1 row that another row repeats: left out",
    '"a" has the labels x and y',
    "few examples: x (1), y (1)",
  ]);
});

test("fields may be quoted, with line breaks and quotes inside", () => {
  expect(read('text,label\n"a, ""b""\nc",x\n').examples).toEqual([{ text: 'a, "b"\nc', label: "x" }]);
});

test("JSON lines have lists of labels, and numbers", () => {
  const file = '{"text":"a","label":["x","y"]}\n{"text":"b","label":[]}\n';
  expect(read(file, { format: "jsonl" }).examples.map(({ label }) => label)).toEqual([["x", "y"], []]);
  expect(read('{"text":"a","label":0.5}', { format: "jsonl" }).examples[0]!.label).toBe(0.5);
});

test("keys of a row are no more than keys", () => {
  const { examples } = read("__proto__,constructor,text,label\n1,2,a,x\n");
  expect(examples).toEqual([{ text: "a", label: "x" }]);
});

describe("a file that cannot be read is refused, with the row", () => {
  test.each<[string, Partial<ReadExamplesOptions>, string]>([
    ["", {}, "no rows"],
    ["text,label\n", {}, "no rows"],
    ["text,label\na,x,1\n", {}, "row 2 has 3 fields"],
    ["text,label\na,x\nb\n", {}, "row 3 has 1 fields"],
    ["text,text\na,x\n", {}, "two columns"],
    ['text,label\n"a,x\n', {}, "row"],
    ["text,label\na,\n,x\n", {}, "no row has both a text and a label"],
    ["{}\n[]\n", { format: "jsonl" }, "line 2 is not an object"],
    ["nonsense", { format: "jsonl" }, "line 1 is not JSON"],
    ['{"text":"a","label":{}}', { format: "jsonl" }, "neither a text"],
  ])("%j", async (file, options, message) => {
    await expectError(() => read(file, options), "invalid_input", message);
  });
});
