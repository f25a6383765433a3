// The methods that the reference's tokenizers have beside encoding, each against its answers (test/goldens/tokenizer/methods.json.gz).
import { beforeAll, describe, expect, test } from "vitest";
import {
  BertTokenizer,
  BertTokenizerFast,
  type EncodeOptions,
  type PreparedVocabulary,
  type WordsInput,
} from "../../src/tokenizer/tokenizer.ts";
import { expectError } from "../expect-error.ts";
import { readJsonFixture } from "../fixtures.ts";
import { vocabulary } from "./vocabularies.ts";

type Json = Record<string, unknown>;
type Mapping = [index: number, answer: unknown];
type SequenceMapping = [index: number, sequence: number, answer: unknown];

interface Goldens {
  words: { inputs: WordsInput[]; call: Json; fast: Json & { error?: string }; slow?: Json & { error?: string } }[];
  maps: {
    text: string;
    pair: string | null;
    charToToken: SequenceMapping[];
    charToWord: SequenceMapping[];
    wordToTokens: SequenceMapping[];
    wordToChars: SequenceMapping[];
    tokenToChars: Mapping[];
    tokenToWord: Mapping[];
    tokenToSequence: Mapping[];
  }[];
  added: { class: string; steps: AddedStep[] }[];
  rows: {
    ids: number[];
    pair_ids: number[] | null;
    max_length: number;
    truncation: "longest_first" | "only_first" | "only_second" | "do_not_truncate";
    built: number[];
    types: number[];
    mask: number[];
    prepared: Json;
    cut: {
      remove: number;
      strategy: "longest_first" | "only_first" | "only_second";
      stride: number;
      ids: number[];
      pair_ids: number[] | null;
      overflowing: number[];
    };
  }[];
  pads: { call: Json; side: "left" | "right"; batch: { input_ids: number[][] }; padded: Json }[];
}

interface AddedStep {
  kind: "tokens" | "special" | "named";
  tokens: unknown;
  added: number;
  length: number;
  vocab_size: number;
  added_vocab: Record<string, number>;
  ids: number[][];
  decoded: string[];
  pad_id: number;
}

let goldens: Goldens;
let prepared: PreparedVocabulary;
let fast: BertTokenizerFast;
let slow: BertTokenizer;

beforeAll(async () => {
  goldens = await readJsonFixture("test/goldens/tokenizer/methods.json.gz");
  prepared = await vocabulary("uncased");
  fast = new BertTokenizerFast(prepared);
  slow = new BertTokenizer(prepared);
});

function encodeOptions(call: Json): EncodeOptions {
  return {
    padding: call.padding as EncodeOptions["padding"],
    truncation: call.truncation as EncodeOptions["truncation"],
    maxLength: call.max_length as number | undefined,
    stride: call.stride as number | undefined,
    returnOverflowingTokens: call.return_overflowing_tokens as boolean | undefined,
    addSpecialTokens: call.add_special_tokens as boolean | undefined,
    padToMultipleOf: call.pad_to_multiple_of as number | undefined,
  };
}

describe("texts that are split into words", () => {
  test("give BertTokenizerFast's ids, offsets within each word, and the words' indices", () => {
    expect(goldens.words.length).toBe(160);
    for (const { inputs, call, fast: wanted } of goldens.words) {
      const options = { ...encodeOptions(call), isSplitIntoWords: true, offsetUnit: "codepoint" } as const;
      const encode = () => fast.batchEncodePlus(inputs, options);
      const what = JSON.stringify([inputs, call]);
      if (wanted.error) expect(encode, what).toThrowError(expect.objectContaining({ type: "invalid_input" }));
      else expect(encode(), what).toMatchObject(wanted);
    }
  });

  test("give BertTokenizer's ids", () => {
    for (const { inputs, call, slow: wanted } of goldens.words) {
      if (!wanted) continue;
      const encode = () => slow.batchEncodePlus(inputs, { ...encodeOptions(call), isSplitIntoWords: true });
      const what = JSON.stringify([inputs, call]);
      if (wanted.error) expect(encode, what).toThrowError(expect.objectContaining({ type: "invalid_input" }));
      else expect(encode(), what).toMatchObject(wanted);
    }
  });

  test("keep all their words, also where there are two or three", () => {
    const options = { isSplitIntoWords: true } as const;
    expect(fast.encodePlus(["hello", "world"], options).tokens).toEqual(["[CLS]", "hello", "world", "[SEP]"]);
    const { tokens } = fast.batchEncodePlus([["hello", "world", "again"]], options);
    expect(tokens).toEqual([["[CLS]", "hello", "world", "again", "[SEP]"]]);
    const ids = (input: WordsInput) => [...fast.encodeBatch([input], options).input_ids];
    expect(ids(["hello", "world", "again"])).toEqual(fast.encode("hello world again"));
    expect(ids([["hello"], ["world", "again"]])).toEqual(fast.encode(["hello", "world again"]));
  });

  test("are told from texts: neither is taken for the other", async () => {
    const words = ["hello", "world", "again"] as unknown as string;
    await expectError(() => fast.encode(words), "invalid_input", "text 0 is not a text or a pair of texts");
    const options = { isSplitIntoWords: true } as const;
    const text = "hello" as unknown as string[];
    await expectError(() => fast.encodeBatch([text], options), "invalid_input", "text 0 is not a list of words");
    await expectError(() => fast.split(["a", text], options), "invalid_input", "text 0 is not a list of words");
  });
});

describe("the ways between characters, words and tokens", () => {
  test("lead where the reference's lead", () => {
    expect(goldens.maps.length).toBe(8);
    for (const golden of goldens.maps) {
      const options = { padding: "max_length", truncation: false, maxLength: 24, offsetUnit: "codepoint" } as const;
      const row = fast.encodePlus(golden.pair === null ? golden.text : [golden.text, golden.pair], options);
      for (const name of ["charToToken", "charToWord", "wordToTokens", "wordToChars"] as const) {
        for (const [index, sequence, wanted] of golden[name])
          expect(row[name](index, sequence), `${golden.text} ${name} ${index} ${sequence}`).toEqual(wanted);
      }
      for (const name of ["tokenToChars", "tokenToWord", "tokenToSequence"] as const) {
        for (const [index, wanted] of golden[name])
          expect(row[name](index), `${golden.text} ${name} ${index}`).toEqual(wanted);
      }
    }
  });

  test("lead nowhere from what a row does not have", () => {
    const row = fast.encodePlus("hello");
    expect([row.charToToken(99), row.charToWord(0, 1), row.wordToTokens(1), row.wordToChars(9)]).toEqual(
      Array(4).fill(null),
    );
    expect([row.tokenToWord(99), row.tokenToChars(0), row.tokenToSequence(-1)]).toEqual(Array(3).fill(null));
  });

  test("are on the rows of a batch, too", () => {
    const { encodings } = fast.batchEncodePlus(["hello world", "world"]);
    expect(encodings.map((row) => row.charToToken(3))).toEqual([1, 1]);
    expect(encodings.map((row) => row.charToToken(6))).toEqual([2, null]);
  });
});

describe("tokens that are added to a tokenizer in use", () => {
  const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const toInit = (token: unknown) =>
    typeof token === "string"
      ? token
      : (Object.fromEntries(Object.entries(token as Json).map(([name, value]) => [camel(name), value])) as {
          content: string;
        });

  test.each(["BertTokenizerFast", "BertTokenizer"])("%s: counts, ids, vocabulary, texts and their decoding", (name) => {
    const tokenizer = name === "BertTokenizer" ? new BertTokenizer(prepared) : new BertTokenizerFast(prepared);
    const probe = ["a NEWWORD newword hello <e1><e2> swap sw NeWer newer <x>", "<pad> ls ls. hello[MASK]"];
    const { steps } = goldens.added.find((each) => each.class === name)!;
    for (const [index, step] of steps.entries()) {
      const added =
        step.kind === "named"
          ? tokenizer.addSpecialTokens({ padToken: "<pad>", additionalSpecialTokens: ["<x>", "<e1>", "<e2>"] })
          : tokenizer.addTokens((step.tokens as unknown[]).map(toInit), { specialTokens: step.kind === "special" });
      expect(added, `step ${index}`).toBe(step.added);
      expect([tokenizer.length, tokenizer.vocabSize, tokenizer.padTokenId]).toEqual([
        step.length,
        step.vocab_size,
        step.pad_id,
      ]);
      expect(Object.fromEntries(tokenizer.getAddedVocab())).toEqual(step.added_vocab);
      expect(probe.map((text) => tokenizer.encode(text))).toEqual(step.ids);
      const decoded = step.ids.map((ids) =>
        tokenizer.decode(ids, { skipSpecialTokens: true, cleanUpTokenizationSpaces: true }),
      );
      expect(decoded).toEqual(step.decoded);
    }
  });

  test("are in the options, which make the same tokenizer again", () => {
    const tokenizer = new BertTokenizerFast(prepared);
    tokenizer.addTokens(["newword", "otherword"]);
    tokenizer.addTokens(["thirdword"]);
    const again = new BertTokenizerFast(prepared, JSON.parse(JSON.stringify(tokenizer.options)));
    expect(again.encode("thirdword newword otherword")).toEqual(tokenizer.encode("thirdword newword otherword"));
    expect(tokenizer.encode("newword")).toEqual([101, 30_522, 102]);
    expect(tokenizer.getVocab().get("thirdword")).toBe(30_524);
    expect(tokenizer.size).toBe(30_525);
  });

  test("are refused if they cannot be, and leave the tokenizer as it was", async () => {
    const tokenizer = new BertTokenizerFast(prepared);
    const wrong = { content: "x", single_word: true } as { content: string };
    await expectError(() => tokenizer.addTokens([""]), "invalid_config");
    await expectError(() => tokenizer.addSpecialTokens({ bosToken: "<s>" } as object), "invalid_config", "maskToken");
    await expectError(() => tokenizer.addTokens([wrong]), "invalid_config", "singleWord");
    expect(tokenizer.size).toBe(30_522);
  });
});

describe("rows made of ids", () => {
  test("are built, typed, masked, truncated and padded as the reference's base class does it", () => {
    expect(goldens.rows.length).toBe(60);
    for (const { ids, pair_ids, max_length: maxLength, truncation, cut, ...wanted } of goldens.rows) {
      const pairIds = pair_ids ?? undefined;
      expect(slow.buildInputsWithSpecialTokens(ids, pairIds)).toEqual(wanted.built);
      expect(slow.createTokenTypeIdsFromSequences(ids, pairIds)).toEqual(wanted.types);
      expect(slow.getSpecialTokensMask(ids, pairIds)).toEqual(wanted.mask);
      const options = { truncation, maxLength, padding: "max_length" } as const;
      expect(slow.prepareForModel(ids, pairIds, options)).toEqual(wanted.prepared);
      const { remove: numTokensToRemove, strategy, stride } = cut;
      expect(slow.truncateSequences(ids, pairIds, { numTokensToRemove, truncation: strategy, stride })).toEqual({
        ids: cut.ids,
        pairIds: cut.pair_ids ?? undefined,
        overflowingTokens: cut.overflowing,
      });
    }
  });

  test("are padded by `pad`, as columns and as a list of rows", () => {
    expect(goldens.pads.length).toBe(24);
    for (const { call, side, batch, padded } of goldens.pads) {
      const tokenizer = new BertTokenizer(prepared, { paddingSide: side });
      const { padding, maxLength, padToMultipleOf } = encodeOptions(call);
      expect(tokenizer.pad(batch, { padding, maxLength, padToMultipleOf })).toEqual(padded);
    }
    const rows = [fast.encodePlus("hello"), fast.encodePlus("hello world")].map(({ input_ids }) => ({ input_ids }));
    expect(fast.pad(rows).attention_mask).toEqual([
      [1, 1, 1, 0],
      [1, 1, 1, 1],
    ]);
  });

  test("count special tokens by the template", () => {
    expect([fast.numSpecialTokensToAdd(), fast.numSpecialTokensToAdd(true)]).toEqual([2, 3]);
  });
});
