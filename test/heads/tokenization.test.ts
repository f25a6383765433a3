// Limits of rows and of requests, where texts become rows of tokens.
import { describe, expect, test } from "vitest";
import { Tokenization } from "../../src/heads/tokenization.ts";
import { BertTokenizerFast } from "../../src/tokenizer/tokenizer.ts";
import { expectError } from "../expect-error.ts";

const tokenizer = BertTokenizerFast.fromVocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd");
const tokenization = new Tokenization({ tokenizer, maxLength: 8 });

test("texts become ragged rows that keep their inputs", () => {
  const { inputs, encoding, feeds, rows } = tokenization.encode(["a b", ["c", "d"]]);
  expect(inputs).toEqual(["a b", ["c", "d"]]);
  expect([...encoding.input_ids]).toEqual([2, 5, 6, 3, 2, 7, 3, 8, 3]);
  expect(rows).toEqual([[{ index: 0, from: 0, to: 4 }], [{ index: 1, from: 4, to: 9 }]]);
  expect([...(feeds.row_starts!.data as Int32Array)]).toEqual([0, 4, 9]);
});

describe("a text that is too long", () => {
  const text = "a b c d a b c d";
  const ids = (...[side]: ["left" | "right"] | []) => {
    const { encoding } = tokenization.with({ truncationSide: side }).encode([text]);
    return [...encoding.input_ids];
  };

  test("is cut at the tokenizer's end, or at the one that is asked for", () => {
    expect(ids()).toEqual([2, 5, 6, 7, 8, 5, 6, 3]);
    expect(ids("right")).toEqual(ids());
    expect(ids("left")).toEqual([2, 7, 8, 5, 6, 7, 8, 3]);
  });

  test("is continued in further rows that share `stride` tokens", () => {
    const { encoding, rows } = tokenization.encode([text, "a"], { stride: 2 });
    expect(rows.map((own) => own.length)).toEqual([2, 1]);
    expect(rows[1]![0]!.index).toBe(2);
    const [, { from, to }] = rows[0] as unknown as [unknown, { from: number; to: number }];
    expect([...encoding.input_ids.subarray(from, to)]).toEqual([2, 5, 6, 7, 8, 3]);
  });

  test("is refused where it must not be cut", () =>
    expectError(() => tokenization.encode([text], { truncation: false }), "input_too_large", "has 10 tokens"));

  test("is measured by a smaller maxLength, never by a larger one", async () => {
    expect(tokenization.encode([text], { maxLength: 4 }).encoding.input_ids).toHaveLength(4);
    expect(tokenization.encode([text], { maxLength: 99 }).encoding.input_ids).toHaveLength(8);
    const options = { truncation: false, maxLength: 4 };
    await expectError(
      () => tokenization.encode(["a b c"], options),
      "input_too_large",
      "has 5 tokens, the model takes 4",
    );
  });
});

describe("a token budget", () => {
  test("holds for all texts of a request together, whichever calls encode them", async () => {
    const request = tokenization.with({ maxTokens: 10 });
    request.encode(["a b"]);
    request.encode(["c d"]);
    await expectError(
      () => request.encode(["a"]),
      "input_too_large",
      "the texts have at least 11 tokens, the limit is 10",
    );
  });

  test("of one call is its own", async () => {
    const three = () => tokenization.encode(["a b", "c"], { maxTokens: 6 });
    await expectError(three, "input_too_large", "the texts have at least 7 tokens, the limit is 6");
    expect(tokenization.encode(["a b"], { maxTokens: 4 }).rows).toHaveLength(1);
  });

  test("starts afresh for another request", () => {
    const request = tokenization.with({ maxTokens: 4 });
    for (const own of [request, request.with({}), tokenization.with({ maxTokens: 4 })]) own.encode(["a b"]);
  });
});
