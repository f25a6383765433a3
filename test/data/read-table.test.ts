// Each format as its tool writes it, found by name and content, or told.
import { describe, expect, test } from "vitest";
import { EXTENSIONS, FORMAT_NAMES } from "../../src/data/formats.ts";
import { readTable } from "../../src/data/read-table.ts";
import { expectError, expectNoOtherError } from "../expect-error.ts";

const read = (name: string, content: unknown, format?: string) => {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return readTable({ name, bytes: new TextEncoder().encode(text) }, format);
};
const lines = (...records: readonly unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

const SQUAD = {
  version: "v2.0",
  data: [
    {
      title: "Rivers",
      paragraphs: [
        {
          context: "The Rhine ends in the North Sea.",
          qas: [
            { id: "q1", question: "Where does it end?", answers: [{ text: "the North Sea", answer_start: 18 }] },
            { id: "q2", question: "How deep is it?", answers: [], is_impossible: true },
          ],
        },
      ],
    },
  ],
};
const LABEL_STUDIO = [
  {
    id: 1,
    data: { text: "late again" },
    annotations: [
      {
        id: 11,
        completed_by: 1,
        was_cancelled: false,
        result: [
          { from_name: "topic", to_name: "text", type: "choices", value: { choices: ["delivery"] } },
          { from_name: "stars", to_name: "text", type: "rating", value: { rating: 2 } },
        ],
      },
      { id: 12, was_cancelled: true, result: [{ from_name: "topic", type: "choices", value: { choices: ["spam"] } }] },
    ],
    predictions: [{ result: [{ from_name: "topic", type: "choices", value: { choices: ["other"] } }] }],
  },
  { id: 2, data: { text: "thanks" }, annotations: [] },
];
const LABEL_STUDIO_SPANS = [
  {
    data: { text: "Ada writes" },
    annotations: [
      { result: [{ from_name: "ner", type: "labels", value: { start: 0, end: 3, text: "Ada", labels: ["PER"] } }] },
    ],
  },
];
const PRODIGY = lines(
  { text: "late again", options: [{ id: "delivery", text: "Delivery" }], accept: ["delivery"], answer: "accept" },
  { text: "money back", options: [{ id: "refund", text: "Refund" }], accept: ["refund"], answer: "accept" },
  { text: "?", accept: [], answer: "ignore" },
  { text: "no", accept: ["refund"], answer: "reject" },
);
const PRODIGY_SPANS = lines({
  text: "Ada writes",
  tokens: [{ text: "Ada", start: 0, end: 3, id: 0 }],
  spans: [{ start: 0, end: 3, token_start: 0, token_end: 0, label: "PER" }],
  answer: "accept",
});
const ARGILLA = [
  {
    id: "a",
    status: "completed",
    fields: { text: "late again" },
    responses: {
      topic: [
        { value: "delivery", user_id: "u1" },
        { value: "refund", user_id: "u2", status: "discarded" },
      ],
    },
    suggestions: { topic: { value: "refund", score: 0.4, agent: "m" } },
  },
  { id: "b", status: "pending", fields: { text: "hm" }, responses: {}, suggestions: {} },
];
const SPANS = [{ start: 0, end: 3, label: "PER" }];

describe("a format is found by the name and the beginning of a file", () => {
  test.each([
    ["rows.CSV", "text;label\na;x\n", "csv", [{ text: "a", label: "x" }]],
    ["rows.tab", "text\tlabel\na, b\tx\n", "tsv", [{ text: "a, b", label: "x" }]],
    [
      "rows.jsonl",
      lines({ text: "a", label: "x" }, { text: "b", label: "y" }),
      "jsonl",
      [
        { text: "a", label: "x" },
        { text: "b", label: "y" },
      ],
    ],
    ["rows.json", '[\n {"text": "a",\n "label": "x"}\n]\n', "jsonl", [{ text: "a", label: "x" }]],
    ["rows.json", { text: "a", label: 3 }, "jsonl", [{ text: "a", label: 3 }]],
    ["rows", lines({ text: "a", label: "x" }), "jsonl", [{ text: "a", label: "x" }]],
    [
      "ner.conll",
      "-DOCSTART- -X- O O\n\nAda NNP B-PER\nwrites VBZ O\n\nBonn NNP I-LOC\n",
      "conll",
      [
        { text: "Ada writes", words: ["Ada", "writes"], tags: ["B-PER", "O"], spans: SPANS },
        { text: "Bonn", words: ["Bonn"], tags: ["I-LOC"], spans: [{ start: 0, end: 4, label: "LOC" }] },
      ],
    ],
    [
      "doccano.jsonl",
      lines({ id: 1, text: "Ada writes", label: [[0, 3, "PER"]] }),
      "spans",
      [{ text: "Ada writes", spans: SPANS }],
    ],
    ["spacy.json", [["Ada writes", { entities: [[0, 3, "PER"]] }]], "spans", [{ text: "Ada writes", spans: SPANS }]],
    ["ner.json", [{ text: "Ada writes", entities: SPANS }], "spans", [{ text: "Ada writes", spans: SPANS }]],
    [
      "dev.json",
      SQUAD,
      "squad",
      [
        {
          id: "q1",
          question: "Where does it end?",
          context: "The Rhine ends in the North Sea.",
          answers: [{ text: "the North Sea", start: 18 }],
        },
        { id: "q2", question: "How deep is it?", context: "The Rhine ends in the North Sea.", answers: [] },
      ],
    ],
    [
      "hub.jsonl",
      lines({ id: "q", question: "Who?", context: "Ada.", answers: { text: ["Ada"], answer_start: [0] } }),
      "squad",
      [{ id: "q", question: "Who?", context: "Ada.", answers: [{ text: "Ada", start: 0 }] }],
    ],
    ["project-1.json", LABEL_STUDIO, "label-studio", [{ text: "late again", topic: "delivery", stars: 2 }]],
    ["project-2.json", LABEL_STUDIO_SPANS, "label-studio", [{ text: "Ada writes", spans: SPANS }]],
    [
      "project-min.json",
      [
        { id: 1, text: "a", sentiment: "good", topics: { choices: ["x", "y"] }, annotator: 1, annotation_id: 7 },
        { id: 2, text: "b", sentiment: { choices: ["bad"] }, topics: "x", annotator: 1, annotation_id: 8 },
      ],
      "label-studio-min",
      [
        { id: 1, text: "a", sentiment: "good", topics: ["x", "y"], annotator: 1, annotation_id: 7 },
        { id: 2, text: "b", sentiment: "bad", topics: ["x"], annotator: 1, annotation_id: 8 },
      ],
    ],
    [
      "project-min-spans.json",
      [
        {
          id: 1,
          text: "Ada writes",
          label: [{ start: 0, end: 3, text: "Ada", labels: ["PER"] }],
          annotator: 1,
          annotation_id: 7,
        },
      ],
      "spans",
      [{ text: "Ada writes", spans: SPANS }],
    ],
    [
      "textcat.jsonl",
      PRODIGY,
      "prodigy",
      [
        { text: "late again", label: "delivery" },
        { text: "money back", label: "refund" },
      ],
    ],
    ["binary.jsonl", lines({ text: "a", label: "x", answer: "accept" }), "prodigy", [{ text: "a", label: "x" }]],
    ["ner.jsonl", PRODIGY_SPANS, "prodigy", [{ text: "Ada writes", spans: SPANS }]],
    ["argilla.json", ARGILLA, "argilla", [{ text: "late again", topic: "delivery" }]],
    [
      "argilla.jsonl",
      lines({ text: "a", "topic.responses": ["x", "y"], "topic.responses.users": ["1", "2"], "topic.suggestion": "z" }),
      "argilla",
      [
        { text: "a", topic: "x" },
        { text: "a", topic: "y" },
      ],
    ],
    [
      "argilla-1.json",
      [{ inputs: { text: "a" }, annotation: "x", annotation_agent: "me", status: "Validated" }],
      "argilla",
      [{ text: "a", label: "x" }],
    ],
    [
      "argilla-1.jsonl",
      lines({ text: "Ada writes", tokens: ["Ada", "writes"], annotation: [["PER", 0, 3]], status: "Validated" }),
      "argilla",
      [{ text: "Ada writes", spans: SPANS }],
    ],
  ])("%s %#", async (name, content, format, rows) => {
    const table = await read(name, content);
    expect({ format: table.format, rows: table.rows }).toEqual({ format, rows });
  });
});

test("what rows are labelled for is said by the format", async () => {
  const found = async (name: string, content: unknown) => (await read(name, content)).labelledFor;
  expect(await found("a.csv", "text,label\na,x\n")).toBe("texts");
  expect(await found("a.json", SQUAD)).toBe("questions");
  for (const content of [LABEL_STUDIO_SPANS, PRODIGY_SPANS, [{ text: "Ada", spans: SPANS }]])
    expect(await found("a.jsonl", content)).toBe("tokens");
  for (const content of [LABEL_STUDIO, PRODIGY, ARGILLA]) expect(await found("a.json", content)).toBe("texts");
});

test("what is left out is said", async () => {
  expect((await read("a.json", LABEL_STUDIO)).notes).toEqual(["1 task without an annotation: left out"]);
  expect((await read("a.jsonl", PRODIGY)).notes).toEqual([
    "1 row that the annotator rejected: left out",
    "1 row that the annotator ignored: left out",
  ]);
  expect((await read("a.json", ARGILLA)).notes).toEqual(["1 record without a response: left out"]);
  const moved = JSON.parse(JSON.stringify(SQUAD).replace("18", "17"));
  expect((await read("a.json", moved)).notes).toEqual(["1 question whose answer is not where it says in the text"]);
});

test("annotators who differ are a row each, and the ground truth stands alone", async () => {
  const result = (choice: string) => [{ from_name: "topic", type: "choices", value: { choices: [choice] } }];
  const task = (...annotations: readonly unknown[]) => [{ data: { text: "a" }, annotations }];
  const labels = async (content: unknown) => (await read("a.json", content)).rows.map(({ topic }) => topic);
  expect(await labels(task({ result: result("x") }, { result: result("y") }))).toEqual(["x", "y"]);
  expect(await labels(task({ result: result("x") }, { result: result("y"), ground_truth: true }))).toEqual(["y"]);
});

test("lists of labels stay lists where a text may have several", async () => {
  const several = lines(
    { text: "a", accept: ["x", "y"], answer: "accept" },
    { text: "b", accept: ["x"], answer: "accept" },
  );
  expect((await read("a.jsonl", several)).rows.map(({ label }) => label)).toEqual([["x", "y"], ["x"]]);
  const multiple = lines({ text: "b", accept: ["x"], config: { choice_style: "multiple" }, answer: "accept" });
  expect((await read("a.jsonl", multiple)).rows.map(({ label }) => label)).toEqual([["x"]]);
});

describe("tags become spans", () => {
  test.each([
    ["IOB2", "B-A I-A B-A O I-B", ["0-3 A", "4-5 A", "8-9 B"]],
    ["IOB1", "I-A I-A B-A I-B O", ["0-3 A", "4-5 A", "6-7 B"]],
    ["IOBES", "B-A E-A S-A O S-B", ["0-3 A", "4-5 A", "8-9 B"]],
    ["no scheme, where a span goes on after its end", "B-A E-A I-A S-A I-A", ["0-3 A", "4-5 A", "6-7 A", "8-9 A"]],
    ["BILOU", "B-A I-A L-A U-A U-B", ["0-5 A", "6-7 A", "8-9 B"]],
  ])("in %s", async (_, tags, wanted) => {
    const { rows } = await read(
      "a.bio",
      tags
        .split(" ")
        .map((tag) => `w\t${tag}\n`)
        .join(""),
    );
    const spans = rows[0]!.spans as { start: number; end: number; label: string }[];
    expect(spans.map(({ start, end, label }) => `${start}-${end} ${label}`)).toEqual(wanted);
  });
});

test("rows without labels say nothing of the format, and others do", async () => {
  const first = { text: "a", label: [] };
  const labels = await read("a.jsonl", lines(first, { text: "b", label: ["x"] }));
  expect([labels.format, labels.rows.map(({ label }) => label)]).toEqual(["jsonl", [[], ["x"]]]);
  expect((await read("a.jsonl", lines(first))).format).toBe("jsonl");
  const spans = await read("a.jsonl", lines(first, { text: "Ada", label: [[0, 3, "PER"]] }));
  expect([spans.format, spans.rows[0]]).toEqual(["spans", { text: "a", spans: [] }]);
});

test("a format may be told against the name, and an unknown one is refused with those there are", async () => {
  expect((await read("rows.txt", "text\tlabel\na\tx\n", "tsv")).rows).toEqual([{ text: "a", label: "x" }]);
  await expectError(() => read("a.csv", "", "xlsx"), "invalid_input", "no format xlsx", FORMAT_NAMES.join(", "));
  await expectError(
    () => read("rows.txt", "text\tlabel\n"),
    "invalid_input",
    "rows.txt: its name must end in",
    EXTENSIONS.join(", "),
  );
});

describe("a file that is not what it should be is refused, with its name and the place", () => {
  test.each<[string, unknown, string | undefined, string]>([
    ["a.csv", 'text,label\n"a,x\n', undefined, "a.csv: row"],
    ["a.jsonl", '{"text":"a"}\nnonsense\n', undefined, "a.jsonl: line 2 is not JSON"],
    ["a.json", "[1, 2]", undefined, "line 1 is not an object"],
    ["a.json", '[{"text":', undefined, "line 1 is not JSON"],
    ["a.conll", "Ada B-PER\nwrites\n", undefined, "line 2 has no tag"],
    ["a.conll", "Ada PER\n", undefined, 'line 1: "PER" is no tag'],
    ["a.json", [{ text: "Ada", spans: [{ start: 0, end: 4, label: "PER" }] }], undefined, "row 1: a span needs"],
    ["a.json", [{ text: "Ada", spans: [{ start: -1, end: 2, label: "PER" }] }], undefined, "row 1: a span needs"],
    ["a.json", [["Ada", { entities: [[0, 2, ""]] }]], undefined, "row 1: a span needs"],
    ["a.json", [{ text: "Ada" }], "spans", "row 1 has no text with spans"],
    ["a.json", [{ text: "Ada" }], "squad", "question 1 is not as SQuAD has it"],
    ["a.json", [{ text: "Ada" }], "label-studio", "task 1 has no data"],
    [
      "a.json",
      [{ data: { text: "a" }, annotations: [{ result: [{ from_name: "b", type: "brush", value: {} }] }] }],
      undefined,
      "type brush are not read",
    ],
    ["a.json", [{ text: "Ada" }], "prodigy", "row 1 has no text, or no answer"],
    ["a.json", [{ text: "Ada" }], "argilla", "record 1 is not as Argilla exports it"],
    [
      "a.json",
      [{ fields: { text: "a" }, responses: { rank: [{ value: [{ value: "x", rank: 1 }] }] } }],
      undefined,
      "answer to rank is neither",
    ],
  ])("%s %#", async (name, content, format, message) => {
    await expectError(() => read(name, content, format), "invalid_input", message);
  });
});

test("keys that objects inherit are no more than keys, in every format", async () => {
  const row = '{"text":"a","__proto__":{"label":"x"},"constructor":"y"}';
  const table = await read("a.jsonl", row);
  expect(table.columns).toEqual(["text", "__proto__", "constructor"]);
  const task = `[{"data":{"text":"a","__proto__":{"polluted":1}},"annotations":[{"result":[{"from_name":"__proto__","type":"choices","value":{"choices":["x"]}}]}]}]`;
  await read("a.json", task);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test("values of other types in any place are refused, and nothing else happens", async () => {
  const hostile = [null, 1, "x", [], {}, [null], [[]], { text: 1 }, { value: null }, { start: "0", end: {} }];
  const places = [
    (x: unknown) => [x],
    (x: unknown) => [{ text: "a", spans: x, answer: "accept" }],
    (x: unknown) => [{ text: "a", accept: x, answer: "accept" }],
    (x: unknown) => [{ data: x, annotations: [{ result: x }] }],
    (x: unknown) => [{ data: { text: "a" }, annotations: x }],
    (x: unknown) => [{ data: { text: "a" }, annotations: [{ result: [x] }] }],
    (x: unknown) => [
      { data: { text: "a" }, annotations: [{ result: [{ from_name: "a", type: "labels", value: x }] }] },
    ],
    (x: unknown) => [{ fields: x, responses: { a: x } }],
    (x: unknown) => [{ fields: { text: "a" }, responses: { a: [x] } }],
    (x: unknown) => [{ fields: { text: "a" }, responses: { a: [{ value: x }] } }],
    (x: unknown) => ({ data: [{ paragraphs: [{ context: x, qas: [{ question: "a", answers: [x] }] }] }] }),
    (x: unknown) => [{ question: "a", context: "b", answers: { text: x, answer_start: x } }],
  ];
  for (const place of places)
    for (const value of hostile)
      for (const format of [undefined, ...FORMAT_NAMES.slice(4)])
        await expectNoOtherError(() => read("a.json", place(value), format));
});
