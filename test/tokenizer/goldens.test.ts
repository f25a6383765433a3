// Every golden case of the reference: BertTokenizerFast in every field, BertTokenizer in its tokens.
import { beforeAll, describe, expect, test } from "vitest";
import {
  BertTokenizer,
  BertTokenizerFast,
  type EncodeOptions,
  type PreparedVocabulary,
  type TextInput,
  type TokenizerOptions,
} from "../../src/tokenizer/tokenizer.ts";
import { readJsonFixture } from "../fixtures.ts";
import { vocabulary } from "./vocabularies.ts";

interface Call {
  padding?: true | "max_length";
  truncation?: EncodeOptions["truncation"];
  max_length?: number;
  stride?: number;
  return_overflowing_tokens?: boolean;
  add_special_tokens?: boolean;
  pad_to_multiple_of?: number;
}

interface Case {
  kind: "text" | "noise";
  vocab: "uncased" | "cased";
  options: { do_lower_case?: boolean; strip_accents?: boolean; tokenize_chinese_chars?: boolean };
  text: string;
  pair?: string;
  call: Call;
  fast: Record<string, unknown> & { error?: string };
  slow_tokens: string[];
  fast_tokens: string[];
  decoded: string;
  decoded_clean: string;
  decoded_plain?: string;
}

interface Goldens {
  cases: Case[];
  batches: {
    texts: string[];
    call: Call;
    input_ids: number[][];
    token_type_ids: number[][];
    attention_mask: number[][];
  }[];
}

/** Assigned by Unicode 15 and later. The slow reference ran with Unicode 14, where they were unassigned, and dropped them. */
const NEWER_THAN_UNICODE_14 = [0x1f778, 0x1f8b8, 0x1f8d4, 0x1f8d8, 0x1fadf, 0x1faea];

let goldens: Goldens;
const vocabularies = new Map<string, PreparedVocabulary>();

beforeAll(async () => {
  goldens = await readJsonFixture("test/goldens/tokenizer/wordpiece.json.gz");
  for (const name of ["uncased", "cased"] as const) vocabularies.set(name, await vocabulary(name));
});

function options({ vocab, options }: Case): TokenizerOptions {
  const {
    do_lower_case: doLowerCase = vocab === "uncased",
    strip_accents: stripAccents,
    tokenize_chinese_chars,
  } = options;
  return { doLowerCase, stripAccents: stripAccents ?? null, tokenizeChineseChars: tokenize_chinese_chars ?? true };
}

function encodeOptions(call: Call): EncodeOptions {
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

const fast = (golden: Case) => new BertTokenizerFast(vocabularies.get(golden.vocab)!, options(golden));

/** What we answer in the golden's own fields. */
function answer(golden: Case): Record<string, unknown> {
  const input: TextInput = golden.pair === undefined ? golden.text : [golden.text, golden.pair];
  const tokenizer = fast(golden);
  try {
    if (!golden.call.return_overflowing_tokens) {
      const { overflowing, ...row } = tokenizer.encodePlus(input, encodeOptions(golden.call));
      return row;
    }
    const { tokens, word_ids, sequence_ids, ...rows } = tokenizer.batchEncodePlus([input], encodeOptions(golden.call));
    return rows;
  } catch (error) {
    return { error: (error as { type?: string }).type };
  }
}

describe("BertTokenizerFast answers every golden case as the reference does", () => {
  test("ids, tokens, offsets, masks, word and sequence ids, and refusals", () => {
    expect(goldens.cases.length).toBe(800);
    for (const golden of goldens.cases) {
      const wanted = golden.fast.error === undefined ? golden.fast : { error: "invalid_input" };
      expect(answer(golden), JSON.stringify([golden.text, golden.pair, golden.options, golden.call])).toEqual(wanted);
    }
  });

  test("tokens", () => {
    for (const golden of goldens.cases) expect(fast(golden).tokenize(golden.text)).toEqual(golden.fast_tokens);
  });

  test("three decodings", () => {
    for (const golden of goldens.cases) {
      const tokenizer = fast(golden);
      const ids = tokenizer.encode(golden.text);
      expect(tokenizer.decode(ids)).toBe(golden.decoded);
      expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(golden.decoded_clean);
      if (golden.decoded_plain === undefined) continue;
      const plain = tokenizer.decode(ids, { skipSpecialTokens: true, cleanUpTokenizationSpaces: false });
      expect(plain).toBe(golden.decoded_plain);
    }
  });

  test("padded batches", () => {
    const tokenizer = new BertTokenizerFast(vocabularies.get("uncased")!);
    expect(goldens.batches.length).toBe(32);
    for (const { texts, call, ...wanted } of goldens.batches) {
      expect(tokenizer.batchEncodePlus(texts, encodeOptions(call))).toMatchObject(wanted);
    }
  });
});

describe("BertTokenizer answers every golden case as the slow reference does", () => {
  test("tokens, but for code points newer than the reference's Unicode 14", () => {
    const different = goldens.cases.filter((golden) => {
      const tokenizer = new BertTokenizer(vocabularies.get(golden.vocab)!, options(golden));
      return tokenizer.tokenize(golden.text).join(" ") !== golden.slow_tokens.join(" ");
    });
    expect(different.length).toBe(6);
    for (const { kind, text } of different) {
      expect(kind, text).toBe("noise");
      expect(
        Array.from(text).some((char) => NEWER_THAN_UNICODE_14.includes(char.codePointAt(0)!)),
        text,
      ).toBe(true);
    }
  });
});
