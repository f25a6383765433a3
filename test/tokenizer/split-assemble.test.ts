// Texts are cut into tokens once; rows of any kind are then made of the tokens.
import { describe, expect, test } from "vitest";
import { BertTokenizerFast, countTokens } from "../../src/tokenizer/tokenizer.ts";
import { expectError } from "../expect-error.ts";

const tokenizer = BertTokenizerFast.fromVocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\n##x\n");
const [CLS, SEP, A, B, C, D, X] = [2, 3, 5, 6, 7, 8, 9];

describe("split", () => {
  test("gives the tokens of each text with their offsets and words, without special tokens", () => {
    const sequences = tokenizer.split(["a bx", "", "c"]);
    expect([...sequences.input_ids]).toEqual([A, B, X, C]);
    expect([...sequences.offset_mapping]).toEqual([0, 1, 2, 3, 3, 4, 0, 1]);
    expect([...sequences.word_ids]).toEqual([0, 1, 1, 0]);
    expect([...sequences.row_starts]).toEqual([0, 3, 3, 4]);
    expect([0, 1, 2].map((n) => countTokens(sequences, n))).toEqual([3, 0, 1]);
  });

  test("returns memory of its own, which later calls leave alone", () => {
    const sequences = tokenizer.split(["a b"]);
    tokenizer.split(["c d c d"]);
    expect([...sequences.input_ids]).toEqual([A, B]);
    expect([...sequences.row_starts]).toEqual([0, 2]);
  });
});

describe("assemble", () => {
  const sequences = tokenizer.split(["a b", "c d c d", "d"]);
  const ids = (...args: Parameters<typeof tokenizer.assemble> extends [unknown, ...infer Rest] ? Rest : never) => {
    const { input_ids, row_starts } = tokenizer.assemble(sequences, ...args);
    return Array.from(row_starts.subarray(1), (end, row) => [...input_ids.subarray(row_starts[row]!, end)]);
  };

  test("puts texts into rows in any order and number", () => {
    expect(ids([{ first: 2 }, { first: 0, second: 2 }, { first: 2, second: 0 }])).toEqual([
      [CLS, D, SEP],
      [CLS, A, B, SEP, D, SEP],
      [CLS, D, SEP, A, B, SEP],
    ]);
  });

  test("gives what encodeBatch gives", () => {
    const options = { maxLength: 7, stride: 1, returnOverflowingTokens: true, returnOffsetsMapping: true } as const;
    const rows = [{ first: 0, second: 1 }, { first: 1 }];
    expect(tokenizer.assemble(sequences, rows, options)).toEqual(
      tokenizer.encodeBatch([["a b", "c d c d"], "c d c d"], options),
    );
  });

  test("cuts a first text to `firstTokens`, whatever the truncation", () => {
    expect(ids([{ first: 1, second: 0, firstTokens: 1 }])).toEqual([[CLS, C, SEP, A, B, SEP]]);
  });

  test("says which row each window came from", () => {
    const options = { truncation: "only_second", maxLength: 7, stride: 1, returnOverflowingTokens: true } as const;
    const { overflow_to_sample_mapping } = tokenizer.assemble(
      sequences,
      [{ first: 2 }, { first: 0, second: 1 }],
      options,
    );
    expect([...overflow_to_sample_mapping]).toEqual([0, 1, 1, 1]);
  });

  test("stops at the token limit, and says how far it came", async () => {
    const rows = [{ first: 0 }, { first: 1 }];
    expect(ids(rows, { maxTokens: 10 })).toHaveLength(2);
    await expectError(() => ids(rows, { maxTokens: 9 }), "input_too_large", "at least 10 tokens, the limit is 9");
    const spent = { maxTokens: 15, spentTokens: 6 };
    await expectError(() => ids(rows, spent), "input_too_large", "at least 16 tokens, the limit is 15");
  });

  test("makes no window beyond the token limit, however many there would be", async () => {
    const long = tokenizer.split(["a ".repeat(200_000)]);
    const windows = { maxLength: 400, stride: 397, returnOverflowingTokens: true, maxTokens: 16_384 } as const;
    await expectError(
      () => tokenizer.assemble(long, [{ first: 0 }], windows),
      "input_too_large",
      "at least 16400 tokens",
    );
  });

  test("refuses a row of a text that is not there", () =>
    expectError(() => ids([{ first: 3 }]), "invalid_input", "a row names text 3; there are 3"));
});
