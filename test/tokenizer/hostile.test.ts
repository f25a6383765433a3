// Files and options that mean no good, and names that are special to JavaScript.
import { beforeAll, describe, expect, test } from "vitest";
import { readVocabulary } from "../../src/tokenizer/files/read.ts";
import { BertTokenizer, BertTokenizerFast, packTokenizer, prepareVocabulary } from "../../src/tokenizer/tokenizer.ts";
import { LARGEST_VOCABULARY, Vocabulary } from "../../src/tokenizer/vocabulary.ts";
import { expectError } from "../expect-error.ts";
import { vocabulary, vocabularyText } from "./vocabularies.ts";

const WORDS = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nworld\n##s\n";
const NAMES = ["prototype", "constructor", "__proto__", "toString", "hasOwnProperty", "1", "0"];
const bytes = (text: string) => new TextEncoder().encode(text);

/** A tokenizer.json with these tokens in id order. `__proto__` is a key of its own there, as JSON.parse makes it. */
function tokenizerJson(tokens: readonly string[], changes: object = {}): unknown {
  const vocab = `{${tokens.map((token, id) => `${JSON.stringify(token)}:${id}`).join(",")}}`;
  return {
    normalizer: { type: "BertNormalizer", lowercase: false },
    pre_tokenizer: { type: "BertPreTokenizer" },
    model: { type: "WordPiece", vocab: JSON.parse(vocab) },
    ...changes,
  };
}

describe("the whole vocabulary of bert-base-uncased, read from tokenizer.json", () => {
  let tokens: string[];
  let tokenizer: BertTokenizerFast;

  beforeAll(async () => {
    tokens = readVocabulary(await vocabularyText("uncased"));
    const lower = { normalizer: { type: "BertNormalizer", lowercase: true } };
    tokenizer = BertTokenizerFast.fromTokenizerJson(tokenizerJson(tokens, lower));
  });

  test("has every token under its id, and back", () => {
    expect(tokenizer.convertTokensToIds(tokens)).toEqual([...tokens.keys()]);
    expect(tokenizer.convertIdsToTokens(tokens.keys())).toEqual(tokens);
    expect(tokenizer.getVocab()).toEqual(new Map(tokens.map((token, id) => [token, id])));
    expect([tokenizer.vocabSize, tokenizer.length]).toEqual([30_522, 30_522]);
  });

  test("encodes every token to its id, and decodes it to what encodes to it", () => {
    const plain = { decoderCleanup: false, cleanUpTokenizationSpaces: false };
    const exact = new BertTokenizerFast(tokenizer.prepared, { ...tokenizer.options, ...plain });
    const wrong = tokens.flatMap((token, id) => {
      const text = exact.decode([id]);
      const ids = exact.encode(text, { addSpecialTokens: false });
      // A continuing piece that is decoded alone keeps its mark, which is punctuation in a text.
      if (token.startsWith("##") && token !== "##") return text === token ? [] : [token];
      return ids.length === 1 && ids[0] === id ? [] : [token];
    });
    // A text such as "[unused1]" or "..." is split at punctuation, here and in the reference.
    expect(wrong.filter((token) => !/^\[unused\d+\]$/.test(token))).toEqual(["..."]);
    expect(wrong.length).toBe(995);
  });
});

describe("names that are special to JavaScript are tokens like any other", () => {
  const words = [...WORDS.trim().split("\n"), ...NAMES];

  test("in tokenizer.json's vocabulary", () => {
    const tokenizer = BertTokenizerFast.fromTokenizerJson(tokenizerJson(words));
    expect(tokenizer.convertTokensToIds(NAMES)).toEqual(NAMES.map((_, index) => 8 + index));
    expect(tokenizer.encode("prototype constructor", { addSpecialTokens: false })).toEqual([8, 9]);
    expect(tokenizer.decode([8, 9])).toBe("prototype constructor");
  });

  test("in added_tokens.json", async () => {
    const added = `{${NAMES.map((name, index) => `${JSON.stringify(name)}:${8 + index}`).join(",")}}`;
    const files = { "vocab.txt": bytes(WORDS), "added_tokens.json": bytes(added) };
    for (const tokenizer of [await BertTokenizerFast.fromPretrained(files), await BertTokenizer.fromPretrained(files)])
      expect(tokenizer.encode("hello prototype constructor")).toEqual([2, 5, 8, 9, 3]);
    const saved = (await BertTokenizerFast.fromPretrained(files)).toFiles();
    const again = await BertTokenizerFast.fromPretrained(saved);
    expect(again.getAddedVocab().get("__proto__")).toBe(10);
  });
});

describe("a prepared vocabulary that is damaged", () => {
  const HEADER = 6;

  test("without an empty slot is refused, where a search would have no end", async () => {
    const table = (await vocabulary("uncased")).slice();
    table.fill(1, HEADER, HEADER + table[2]!);
    await expectError(() => new BertTokenizerFast(table), "invalid_checkpoint");
  });

  test("never gives an id beyond its size", () => {
    const table = prepareVocabulary(WORDS.trim().split("\n"));
    const records = HEADER + table[2]!;
    table[records] = (4_000_000 << 10) | (table[records]! & 1023);
    const damaged = new Vocabulary(table);
    expect(damaged.id("[PAD]")).toBeUndefined();
    expect(damaged.id("hello")).toBe(5);
  });

  test("whose counts do not fit it is refused", async () => {
    for (const [index, value] of [
      [1, 0],
      [1, LARGEST_VOCABULARY + 1],
      [2, 3],
      [3, 1 << 30],
      [4, -1],
      [4, 1 << 20],
    ] as const) {
      const table = prepareVocabulary(WORDS.trim().split("\n"));
      table[index] = value;
      await expectError(() => new Vocabulary(table), "invalid_checkpoint");
    }
  });
});

describe("sizes are limited before any work", () => {
  test("a vocab.txt of nothing but line ends", async () => {
    const files = { "vocab.txt": new Uint8Array(10_000_000).fill(10) };
    await expectError(() => packTokenizer(files), "invalid_checkpoint", `more than ${LARGEST_VOCABULARY} tokens`);
  });

  test("a token of more than 1023 bytes", () =>
    expectError(() => prepareVocabulary(["é".repeat(512)]), "invalid_checkpoint", "more than 1023 bytes"));

  test.each([1e300, 2 ** 31, 2 ** 20, -1, 0.5])("an added token's id %d", async (id) => {
    const addedTokens = [{ content: "<x>", id }];
    await expectError(() => BertTokenizerFast.fromVocabulary(WORDS, { addedTokens }), "invalid_config");
    const json = tokenizerJson(WORDS.trim().split("\n"), { added_tokens: [{ content: "<x>", id }] });
    await expectError(() => BertTokenizerFast.fromTokenizerJson(json), "invalid_checkpoint");
    const config = bytes(JSON.stringify({ added_tokens_decoder: { [String(id)]: { content: "<x>" } } }));
    const files = { "vocab.txt": bytes(WORDS), "tokenizer_config.json": config };
    await expectError(() => BertTokenizerFast.fromPretrained(files), "invalid_checkpoint");
  });

  test("searching added tokens: the steps grow with the text, however alike the tokens are", () => {
    const alike = Array.from({ length: 400 }, (_, n) => ({ content: `${"a".repeat(n + 1)}b`, normalized: false }));
    const tokenizer = BertTokenizerFast.fromVocabulary(`${WORDS}a\n##a\n`, { addedTokens: alike });
    const original = Map.prototype.get;
    let steps = 0;
    Map.prototype.get = function (key) {
      steps++;
      return original.call(this, key);
    };
    try {
      tokenizer.encode("a ".repeat(50) + "a".repeat(60_000));
      expect(steps).toBeLessThan(5 * 60_100);
    } finally {
      Map.prototype.get = original;
    }
    expect(tokenizer.tokenize("aab a")).toEqual(["aab", "a"]);
  });
});

describe("an option that is not known is refused with those that are", () => {
  const fast = BertTokenizerFast.fromVocabulary(WORDS);
  const slow = BertTokenizer.fromVocabulary(WORDS);
  const options = { max_length: 3 } as object;

  test.each([fast, slow])("in every method", async (tokenizer) => {
    const calls: (() => unknown)[] = [
      () => tokenizer.encode("hello", options),
      () => tokenizer.encodePlus("hello", options),
      () => tokenizer.batchEncodePlus(["hello"], options),
      () => tokenizer.encodeBatch(["hello"], options),
      () => tokenizer.split(["hello"], options),
      () => tokenizer.assemble(tokenizer.split(["hello"]), [{ first: 0 }], options),
      () => tokenizer.decode([5], options),
      () => tokenizer.batchDecode([[5]], options),
      () => tokenizer.pad([{ input_ids: [5] }], options),
      () => tokenizer.prepareForModel([5], undefined, options),
      () => tokenizer.truncateSequences([5], undefined, options as never),
      () => tokenizer.addTokens(["x"], options),
    ];
    for (const call of calls) await expectError(call, "invalid_input", "there is no option max_length", "options are");
  });

  test("when a tokenizer is made", async () => {
    const wrong = { do_lower_case: false } as object;
    const known = ["do_lower_case", "the known keys are doLowerCase, stripAccents"];
    await expectError(() => BertTokenizerFast.fromVocabulary(WORDS, wrong), "invalid_config", ...known);
    await expectError(() => BertTokenizer.fromVocabulary(WORDS, wrong), "invalid_config", ...known);
  });

  test("and so is a value that makes no sense", async () => {
    const wrong = { truncation: "longest" } as object;
    await expectError(() => fast.encode("hello", wrong), "invalid_input", "longest_first");
    await expectError(() => fast.encode("hello", { padding: "max" as "longest" }), "invalid_input", "max_length");
    await expectError(() => fast.encode("hello", { maxLength: 3.5 }), "invalid_input", "a whole number");
  });
});
