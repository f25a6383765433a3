// Cases of what the 800 goldens leave at its default: added tokens with their flags, windows, both sides, the slow tokenizer's rows.
import { beforeAll, describe, expect, test } from "vitest";
import type { AddedTokenInit, EncodeOptions, TextInput, TokenizerOptions } from "../../src/tokenizer/tokenizer.ts";
import { BertTokenizer, BertTokenizerFast } from "../../src/tokenizer/tokenizer.ts";
import { readJsonFixture } from "../fixtures.ts";
import { vocabulary } from "./vocabularies.ts";

interface Row {
  error?: boolean;
  [field: string]: unknown;
}

interface Case {
  vocab: "uncased" | "cased";
  options: { do_lower_case: boolean; strip_accents?: boolean; tokenize_chinese_chars?: boolean };
  added: {
    content: string;
    special: boolean;
    single_word: boolean;
    lstrip: boolean;
    rstrip: boolean;
    normalized: boolean;
  }[];
  text: string;
  pair?: string;
  call: {
    padding?: true | "longest" | "max_length";
    truncation?: EncodeOptions["truncation"];
    max_length?: number;
    stride?: number;
    return_overflowing_tokens?: boolean;
    add_special_tokens?: boolean;
    pad_to_multiple_of?: number;
  };
  truncation_side: "left" | "right";
  padding_side: "left" | "right";
  fast: Row;
  slow: Row;
  slow_tokens: string[];
  fast_decoded: string[];
  slow_decoded: string[];
  fast_clean: boolean;
  slow_clean: boolean;
}

let cases: Case[];

beforeAll(async () => {
  ({ cases } = await readJsonFixture<{ cases: Case[] }>("test/goldens/tokenizer/options.json.gz"));
});

function tokenizerOptions(golden: Case, cleanUp: boolean): TokenizerOptions {
  return {
    doLowerCase: golden.options.do_lower_case,
    stripAccents: golden.options.strip_accents ?? null,
    tokenizeChineseChars: golden.options.tokenize_chinese_chars ?? true,
    truncationSide: golden.truncation_side,
    paddingSide: golden.padding_side,
    cleanUpTokenizationSpaces: cleanUp,
    addedTokens: golden.added.map(
      ({ single_word: singleWord, ...token }): AddedTokenInit => ({ ...token, singleWord }),
    ),
  };
}

function encodeOptions({ call }: Case): EncodeOptions {
  return {
    padding: call.padding,
    truncation: call.truncation,
    maxLength: call.max_length,
    stride: call.stride,
    returnOverflowingTokens: call.return_overflowing_tokens,
    addSpecialTokens: call.add_special_tokens,
    padToMultipleOf: call.pad_to_multiple_of,
    offsetUnit: "codepoint",
  };
}

const input = ({ text, pair }: Case): TextInput => (pair === undefined ? text : [text, pair]);

function check<R extends object>(golden: Case, wanted: Row, answer: () => R): void {
  const what = JSON.stringify({ ...golden, fast: undefined, slow: undefined });
  if (wanted.error) expect(answer, what).toThrowError(expect.objectContaining({ type: "invalid_input" }));
  else expect(answer(), what).toMatchObject(wanted);
}

const decodings = (tokenizer: BertTokenizer | BertTokenizerFast, text: string): string[] => {
  const ids = tokenizer.encode(text);
  return [
    tokenizer.decode(ids),
    tokenizer.decode(ids, { skipSpecialTokens: true }),
    tokenizer.decode(ids, { cleanUpTokenizationSpaces: false }),
  ];
};

describe("added tokens, windows and sides", () => {
  test("BertTokenizerFast", async () => {
    expect(cases.length).toBe(600);
    for (const golden of cases) {
      const tokenizer = new BertTokenizerFast(
        await vocabulary(golden.vocab),
        tokenizerOptions(golden, golden.fast_clean),
      );
      check(golden, golden.fast, () => tokenizer.batchEncodePlus([input(golden)], encodeOptions(golden)));
      expect(decodings(tokenizer, golden.text)).toEqual(golden.fast_decoded);
    }
  });

  test("BertTokenizer", async () => {
    for (const golden of cases) {
      const tokenizer = new BertTokenizer(await vocabulary(golden.vocab), tokenizerOptions(golden, golden.slow_clean));
      const options = { ...encodeOptions(golden), returnOverflowingTokens: false, stride: 0 };
      check(golden, golden.slow, () => tokenizer.encodePlus(input(golden), options));
      expect(tokenizer.tokenize(golden.text)).toEqual(golden.slow_tokens);
      expect(decodings(tokenizer, golden.text)).toEqual(golden.slow_decoded);
    }
  });
});
