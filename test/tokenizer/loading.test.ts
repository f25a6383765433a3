// The sources of tokenizers, and the errors for broken files and options.
import { beforeAll, describe, expect, test } from "vitest";
import type { ErrorType } from "../../src/errors.ts";
import {
  BertTokenizer,
  BertTokenizerFast,
  packTokenizer,
  prepareVocabulary,
  unpackTokenizer,
} from "../../src/tokenizer/tokenizer.ts";
import { Vocabulary } from "../../src/tokenizer/vocabulary.ts";
import { readFixture } from "../fixtures.ts";
import { vocabularyText } from "./vocabularies.ts";

const TEXT = "Straße im Café, [MASK]";
const WORDS = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nworld\n##s\n";

const bytes = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => bytes(JSON.stringify(value));
const failure = (type: ErrorType) => expect.objectContaining({ name: "BertletError", type });

/** The parts of tokenizer.json that are read. */
const tokenizerJson = (changes: object = {}) => ({
  added_tokens: [{ id: 4, content: "[MASK]", special: true, lstrip: true }],
  normalizer: {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: { type: "BertProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    vocab: Object.fromEntries(
      WORDS.trim()
        .split("\n")
        .map((token, id) => [token, id]),
    ),
  },
  ...changes,
});

describe("a Hub folder's files", () => {
  const files: Record<string, Uint8Array> = {};
  let wanted: number[];

  beforeAll(async () => {
    for (const name of ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]) {
      files[name] = (await readFixture(`test/goldens/tokenizer/cased/${name}`))!;
    }
    wanted = BertTokenizerFast.fromVocabulary(await vocabularyText("cased"), { doLowerCase: false }).encode(TEXT);
  });

  test("tokenizer.json alone", async () => {
    const tokenizer = await BertTokenizerFast.fromPretrained({ "tokenizer.json": files["tokenizer.json"]! });
    expect(tokenizer.encode(TEXT)).toEqual(wanted);
  });

  test("all of them, for either tokenizer", async () => {
    expect((await BertTokenizerFast.fromPretrained(files)).encode(TEXT)).toEqual(wanted);
    expect((await BertTokenizer.fromPretrained(new Map(Object.entries(files)))).encode(TEXT)).toEqual(wanted);
  });

  test("vocab.txt with a config, whose values the caller's options override", async () => {
    const source = {
      "vocab.txt": bytes(await vocabularyText("cased")),
      "tokenizer_config.json": files["tokenizer_config.json"]!,
    };
    expect((await BertTokenizerFast.fromPretrained(source)).encode(TEXT)).toEqual(wanted);
    const lower = await BertTokenizerFast.fromPretrained(source, { doLowerCase: true });
    expect(lower.encode(TEXT)).not.toEqual(wanted);
  });

  test("what the config says wins over what tokenizer.json says", async () => {
    const tokenizer = await BertTokenizerFast.fromPretrained({
      "tokenizer.json": json(tokenizerJson()),
      "tokenizer_config.json": json({
        do_lower_case: false,
        model_max_length: 16,
        padding_side: "left",
        truncation_side: "left",
        clean_up_tokenization_spaces: false,
        added_tokens_decoder: { 9: { content: "<x>", special: true } },
        pad_token: { content: "[PAD]" },
      }),
      "special_tokens_map.json": json({ additional_special_tokens: ["<x>"] }),
      "added_tokens.json": json({ "<y>": 8 }),
    });
    expect(tokenizer.modelMaxLength).toBe(16);
    expect(tokenizer.tokenize("Hello hello<x> <y>")).toEqual(["[UNK]", "hello", "<x>", "<y>"]);
    expect(tokenizer.convertTokensToIds(["<x>", "<y>", "nothing"])).toEqual([9, 8, 1]);
    expect(tokenizer.size).toBe(10);
    expect(tokenizer.decode([5, 9, 8], { skipSpecialTokens: true })).toBe("hello <y>");
    expect(tokenizer.encode("hello world", { padding: "max_length", maxLength: 6 })).toEqual([0, 0, 2, 5, 6, 3]);
    expect(tokenizer.encode("hello world", { maxLength: 3 })).toEqual([2, 6, 3]);
  });

  test("a maximum of 1e30, as the reference writes it, is none", async () => {
    expect((await BertTokenizerFast.fromPretrained(files)).modelMaxLength).toBe(Number.POSITIVE_INFINITY);
  });

  test("vocab.txt with other ends of lines, and with a hole in tokenizer.json's ids", () => {
    const ids = BertTokenizerFast.fromVocabulary(WORDS.replaceAll("\n", "\r\n")).encode("hello worlds");
    expect(ids).toEqual([2, 5, 6, 7, 3]);
    const vocab = { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, hello: 8 };
    const tokenizer = BertTokenizerFast.fromTokenizerJson(tokenizerJson({ added_tokens: [], model: { vocab } }));
    expect(tokenizer.encode("hello")).toEqual([2, 8, 3]);
    expect(tokenizer.convertIdsToTokens([8, 5, -1, 99])).toEqual(["hello", undefined, undefined, undefined]);
  });

  const broken: [name: string, files: Record<string, Uint8Array>, type: ErrorType][] = [
    ["no vocabulary at all", { "tokenizer_config.json": json({}) }, "not_found"],
    ["a vocab.txt that is not UTF-8", { "vocab.txt": Uint8Array.of(0x5b, 0xff, 0x0a) }, "invalid_checkpoint"],
    ["an empty vocab.txt", { "vocab.txt": bytes("") }, "invalid_checkpoint"],
    ["a vocab.txt without [UNK]", { "vocab.txt": bytes(WORDS.replace("[UNK]\n", "")) }, "invalid_checkpoint"],
    ["a vocab.txt without [CLS]", { "vocab.txt": bytes(WORDS.replace("[CLS]\n", "")) }, "invalid_checkpoint"],
    ["a tokenizer.json that is not JSON", { "tokenizer.json": bytes("{") }, "invalid_checkpoint"],
    ["a tokenizer.json that is a list", { "tokenizer.json": json([]) }, "invalid_checkpoint"],
    [
      "another model",
      { "tokenizer.json": json(tokenizerJson({ model: { type: "BPE", vocab: {}, merges: [] } })) },
      "unsupported",
    ],
    ["another normaliser", { "tokenizer.json": json(tokenizerJson({ normalizer: { type: "NFC" } })) }, "unsupported"],
    [
      "an id that is no id",
      { "tokenizer.json": json(tokenizerJson({ model: { vocab: { a: -1 } } })) },
      "invalid_checkpoint",
    ],
    [
      "an id without end",
      { "tokenizer.json": json(tokenizerJson({ model: { vocab: { a: 2 ** 40 } } })) },
      "invalid_checkpoint",
    ],
    [
      "a template without a second text",
      {
        "tokenizer.json": json(
          tokenizerJson({
            post_processor: { type: "TemplateProcessing", single: [{ Sequence: { id: "A", type_id: 0 } }], pair: [] },
          }),
        ),
      },
      "invalid_checkpoint",
    ],
    [
      "a config of the wrong kind",
      { "vocab.txt": bytes(WORDS), "tokenizer_config.json": json({ do_lower_case: "yes" }) },
      "invalid_checkpoint",
    ],
  ];
  test.each(broken)("%s is refused", async (_, files, type) => {
    await expect(BertTokenizerFast.fromPretrained(files)).rejects.toThrowError(failure(type));
    await expect(BertTokenizer.fromPretrained(files)).rejects.toThrowError(failure(type));
  });
});

describe("the prepared vocabulary", () => {
  test("goes through a packed file, at any offset in a buffer", async () => {
    const source = { "vocab.txt": bytes(WORDS), "tokenizer_config.json": json({ model_max_length: 512 }) };
    const packed = (await packTokenizer(source))!;
    const table = packed.tables.get("vocab")!;
    const shifted = new Uint8Array(table.length + 3).subarray(3);
    shifted.set(table);
    for (const vocab of [table, shifted]) {
      const tables = new Map([...packed.tables, ["vocab", vocab]]);
      const tokenizer = unpackTokenizer(JSON.parse(JSON.stringify(packed.config)), tables)!;
      expect(tokenizer.encode("Hello worlds")).toEqual([2, 5, 6, 7, 3]);
      expect(tokenizer.modelMaxLength).toBe(512);
    }
  });

  test("is absent for a model without a tokenizer", async () => {
    expect(await packTokenizer({ "config.json": json({}) })).toBeUndefined();
    expect(unpackTokenizer(undefined, new Map())).toBeUndefined();
  });

  test("is used without a copy, also from wasm memory", () => {
    const table = prepareVocabulary(WORDS.trim().split("\n"));
    const memory = new WebAssembly.Memory({ initial: 1 });
    const place = new Int32Array(memory.buffer, 256, table.length);
    place.set(table);
    const tokenizer = new BertTokenizerFast(place);
    expect(tokenizer.tokenize("worlds")).toEqual(["world", "##s"]);
    expect(tokenizer.prepared).toBe(place);
  });

  test("of bert-base stays below 0.8 MB", async () => {
    const tokenizer = BertTokenizerFast.fromVocabulary(await vocabularyText("uncased"));
    expect(tokenizer.vocabulary.size).toBe(30_522);
    expect(tokenizer.prepared.byteLength).toBeLessThan(800_000);
  });

  test("does not take the beginning of a token for the token when their hashes collide", () => {
    for (let n = 0; n < 50_000; n++) {
      expect(new Vocabulary(prepareVocabulary([`abcd${n}`])).id("abcd")).toBeUndefined();
    }
  });

  test("is refused if it is damaged", async () => {
    const packed = (await packTokenizer({ "vocab.txt": bytes(WORDS) }))!;
    const table = packed.tables.get("vocab")!;
    const unpack = (vocab: Uint8Array) => () =>
      unpackTokenizer(packed.config, new Map([...packed.tables, ["vocab", vocab]]));
    expect(unpack(table.slice(0, -4))).toThrowError(failure("invalid_checkpoint"));
    expect(unpack(table.slice(0, -1))).toThrowError(failure("invalid_checkpoint"));
    expect(unpack(new Uint8Array(0))).toThrowError(failure("invalid_checkpoint"));
    expect(() => unpackTokenizer(packed.config, new Map())).toThrowError(failure("invalid_checkpoint"));
    expect(() => unpackTokenizer({ doLowerCase: 1 }, packed.tables)).toThrowError(failure("invalid_config"));
    expect(() => prepareVocabulary([])).toThrowError(failure("invalid_checkpoint"));
    expect(() => prepareVocabulary(["x".repeat(2000)])).toThrowError(failure("invalid_checkpoint"));
  });

  test("brings the Unicode table for its options, and none that reaches outside itself", async () => {
    const packed = (await packTokenizer({ "vocab.txt": bytes(WORDS) }))!;
    const unpack = (change: (table: Int32Array) => void) => () => {
      const unicode = packed.tables.get("unicode")!.slice();
      change(new Int32Array(unicode.buffer));
      return unpackTokenizer(packed.config, new Map([...packed.tables, ["unicode", unicode]]))!;
    };
    expect(unpack(() => {})().tokenize("HÉLLO\u00a0wörlds")).toEqual(["hello", "world", "##s"]);
    for (const change of [
      (table: Int32Array) => table.fill(-1, 0, 1),
      (table: Int32Array) => table.fill(1 << 20, 0, 1),
      (table: Int32Array) => table.fill(-1, 1, 2),
      (table: Int32Array) => table.fill(7, -1),
      (table: Int32Array) => table.fill((9999 << 3) | 5, -1),
    ]) {
      expect(unpack(change)).toThrowError(failure("invalid_checkpoint"));
    }
    const without = new Map([["vocab", packed.tables.get("vocab")!]]);
    expect(() => unpackTokenizer(packed.config, without)).toThrowError(failure("invalid_checkpoint"));
  });

  test("gives the last of equal tokens its id", () => {
    expect(BertTokenizerFast.fromVocabulary(`${WORDS}hello\n`).encode("hello")).toEqual([2, 8, 3]);
  });
});

describe("calls that cannot be met", () => {
  const fast = BertTokenizerFast.fromVocabulary(WORDS);
  const slow = BertTokenizer.fromVocabulary(WORDS);
  const long = "hello hello hello hello hello hello";

  test.each([
    ["maxLength below the special tokens", { maxLength: 1 }],
    ["maxLength that is no number", { maxLength: Number.NaN }],
    ["a negative stride", { maxLength: 8, stride: -1 }],
    ["a stride as long as a row", { maxLength: 5, stride: 4 }],
    ["padding to no length", { padding: "max_length" }],
    ["padding to a multiple of nothing", { padding: true, padToMultipleOf: 0 }],
    [
      "a maxLength that is not the multiple asked for",
      { padding: true, truncation: true, maxLength: 10, padToMultipleOf: 8 },
    ],
  ] as const)("%s", (_, options) => {
    expect(() => fast.encodePlus(long, options)).toThrowError(failure("invalid_input"));
    expect(() => slow.encodePlus(long, options)).toThrowError(failure("invalid_input"));
  });

  test("windows that could not advance, a second text that is missing or too short to cut", () => {
    const windows = { maxLength: 5, stride: 3, returnOverflowingTokens: true };
    expect(() => fast.encodeBatch([long], windows)).toThrowError(failure("invalid_input"));
    const second = { maxLength: 5, truncation: "only_second" } as const;
    expect(() => fast.encodeBatch([long], second)).toThrowError(failure("invalid_input"));
    expect(() => fast.encodeBatch([[long, "hello"]], second)).toThrowError(failure("invalid_input"));
    expect(() => fast.encodeBatch([[long, "hello"]], { maxLength: 2 })).toThrowError(failure("invalid_input"));
  });

  test("BertTokenizer leaves such a text whole, and refuses windows over a pair cut longest first", () => {
    const second = { maxLength: 5, truncation: "only_second" } as const;
    expect(slow.encode([long, "hello"], second).length).toBe(10);
    const windows = { maxLength: 8, truncation: "longest_first", returnOverflowingTokens: true } as const;
    expect(() => slow.encodePlus([long, long], windows)).toThrowError(failure("invalid_input"));
  });

  test("options of the wrong kind", () => {
    expect(() => BertTokenizerFast.fromVocabulary(WORDS, { maxInputCharsPerWord: 0 })).toThrowError(
      failure("invalid_config"),
    );
    expect(() => BertTokenizerFast.fromVocabulary(WORDS, { addedTokens: [{ content: "" }] })).toThrowError(
      failure("invalid_config"),
    );
    expect(() => BertTokenizerFast.fromVocabulary(WORDS, { unkToken: "<unk>" })).toThrowError(
      failure("invalid_checkpoint"),
    );
  });
});

describe("BertTokenizer's own options", () => {
  test("words never split, and no basic tokenisation", () => {
    const options = { neverSplit: ["U.S.", "Hello"], doLowerCase: false };
    expect(BertTokenizer.fromVocabulary(WORDS, options).tokenize("Hello U.S. hello")).toEqual([
      "Hello",
      "U.S.",
      "hello",
    ]);
    expect(
      BertTokenizer.fromVocabulary(WORDS, { doBasicTokenize: false }).tokenize("worlds, hello\u2028hello"),
    ).toEqual(["[UNK]", "hello", "hello"]);
  });

  test("what truncation cut off, in one row with `stride` tokens before it", () => {
    const tokenizer = BertTokenizer.fromVocabulary(WORDS);
    const options = {
      maxLength: 5,
      truncation: true,
      stride: 1,
      returnOverflowingTokens: true,
      addSpecialTokens: false,
    };
    const { input_ids, overflowing } = tokenizer.encodePlus("hello world hello world hello worlds", options);
    expect(input_ids).toEqual([5, 6, 5, 6, 5]);
    expect(overflowing.map((row) => row.input_ids)).toEqual([[5, 6, 7]]);
  });
});

describe("edge cases", () => {
  const fast = BertTokenizerFast.fromVocabulary(WORDS);

  test("no texts make no rows", () => {
    expect(fast.encodeBatch([]).row_starts).toEqual(Int32Array.of(0));
    expect(fast.batchEncodePlus([]).input_ids).toEqual([]);
  });

  test("the reference's gap in the ideographs: the fast tokenizer does not split there, the slow one does", () => {
    const vocabulary = `${WORDS}a\n##a\n\u{2b820}\n##\u{2b820}\n\u{2b920}\n`;
    const text = "a\u{2b820}a a\u{2b920}a";
    const after = ["a", "\u{2b920}", "a"];
    expect(BertTokenizerFast.fromVocabulary(vocabulary).tokenize(text)).toEqual(["a", "##\u{2b820}", "##a", ...after]);
    expect(BertTokenizer.fromVocabulary(vocabulary).tokenize(text)).toEqual(["a", "\u{2b820}", "a", ...after]);
  });

  test("a token that strips in normalised text takes the space that an ideograph brought, and with it the ideograph's place", () => {
    const addedTokens = [{ content: "the", lstrip: true, normalized: true }];
    const { offset_mapping } = BertTokenizerFast.fromVocabulary(WORDS, { addedTokens }).encodePlus("文 the");
    expect(offset_mapping).toEqual([
      [0, 0],
      [0, 1],
      [0, 5],
      [0, 0],
    ]);
  });

  test('the fast decoder contracts "do not" within a token, unless decoderCleanup is false', () => {
    const addedTokens = [{ content: "do not", id: 8 }];
    expect(BertTokenizerFast.fromVocabulary(WORDS, { addedTokens }).decode([5, 8])).toBe("hello don't");
    expect(BertTokenizerFast.fromVocabulary(WORDS, { addedTokens, decoderCleanup: false }).decode([5, 8])).toBe(
      "hello do not",
    );
  });

  test("the windows of a batch carry the index of their text", () => {
    const ragged = fast.encodeBatch(["hello", "hello world hello"], { maxLength: 4, returnOverflowingTokens: true });
    expect([...ragged.overflow_to_sample_mapping]).toEqual([0, 1, 1]);
  });

  test("batches decode row by row, and BertTokenizer names an unknown id [UNK]", () => {
    expect(fast.batchDecode([[5], [6, 7, 99]])).toEqual(["hello", "worlds"]);
    expect(BertTokenizer.fromVocabulary(WORDS).decode([6, 99])).toBe("world [UNK]");
  });

  test("a batch with more tokens and rows than fit at first", () => {
    const texts = Array.from({ length: 700 }, () => "hello worlds ".repeat(20));
    const ragged = fast.encodeBatch(texts, { returnOffsetsMapping: true });
    expect(ragged.row_starts.at(-1)).toBe(700 * 62);
    expect(ragged.sequence_ids.length).toBe(700 * 62);
    expect(fast.encode("hello ".repeat(5000)).length).toBe(5002);
  });
});

test("a tokenizer derived with another truncation side cuts there, and leaves the first as it was", () => {
  const right = BertTokenizerFast.fromVocabulary(WORDS);
  const left = right.withTruncationSide("left");
  expect(left.encode("hello world", { maxLength: 3 })).toEqual([2, 6, 3]);
  expect(right.encode("hello world", { maxLength: 3 })).toEqual([2, 5, 3]);
  expect(left.withTruncationSide("left")).toBe(left);
  expect(left.prepared).toBe(right.prepared);
});
