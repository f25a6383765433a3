// Special tokens by a template: data, whatever the tokens are.
import { beforeAll, describe, expect, test } from "vitest";
import {
  BertTokenizerFast,
  type EncodeOptions,
  MPNetTokenizerFast,
  packTokenizer,
  readAnyTokenizer,
  unpackTokenizer,
} from "../../src/tokenizer/tokenizer.ts";
import { expectError } from "../expect-error.ts";
import { readFixture, readJsonFixture } from "../fixtures.ts";

const WORDS = "<s>\n<pad>\n</s>\n[UNK]\n<mask>\na\nb\nc\n";
const NAMES = { clsToken: "<s>", sepToken: "</s>", padToken: "<pad>", maskToken: "<mask>" };
const ROBERTA = {
  single: ["<s>:0", "$A:0", "</s>:0"],
  pair: ["<s>:0", "$A:0", "</s>:0", "</s>:0", "$B:0", "</s>:0"],
};

describe("RoBERTa's template", () => {
  const tokenizer = BertTokenizerFast.fromVocabulary(WORDS, { ...NAMES, template: ROBERTA });

  test("puts two separators between the texts of a pair, all of type 0", () => {
    const { tokens, token_type_ids, sequence_ids } = tokenizer.encodePlus(["a b", "c"]);
    expect(tokens).toEqual(["<s>", "a", "b", "</s>", "</s>", "c", "</s>"]);
    expect(token_type_ids).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(sequence_ids).toEqual([null, 0, 0, null, null, 1, null]);
    expect(tokenizer.encodePlus("a").tokens).toEqual(["<s>", "a", "</s>"]);
  });

  test("counts four special tokens in a pair when it truncates", () => {
    expect([tokenizer.numSpecialTokensToAdd(), tokenizer.numSpecialTokensToAdd(true)]).toEqual([2, 4]);
    expect(tokenizer.encodePlus(["a b c", "c b a"], { maxLength: 7 }).tokens).toEqual([
      ...["<s>", "a", "</s>", "</s>", "c", "b", "</s>"],
    ]);
  });

  test("is what a tokenizer.json's RobertaProcessing means", () => {
    const json = {
      normalizer: { type: "BertNormalizer" },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: { type: "RobertaProcessing", sep: ["</s>", 2], cls: ["<s>", 0] },
      model: {
        vocab: Object.fromEntries(
          WORDS.trim()
            .split("\n")
            .map((token, id) => [token, id]),
        ),
      },
    };
    const read = BertTokenizerFast.fromTokenizerJson(json, { padToken: "<pad>", maskToken: "<mask>" });
    expect(read.encode(["a b", "c"])).toEqual(tokenizer.encode(["a b", "c"]));
  });
});

describe("MPNet's tokenizer, WordPiece with a template of its own", () => {
  interface Golden {
    options: { do_lower_case?: boolean };
    text: string;
    pair?: string;
    call: Record<string, unknown>;
    fast: Record<string, unknown> & { error?: string };
    fast_tokens: string[];
    decoded: string;
  }
  let cases: Golden[];
  const files: Record<string, Uint8Array> = {};

  beforeAll(async () => {
    ({ cases } = await readJsonFixture<{ cases: Golden[] }>("test/goldens/tokenizer/mpnet.json.gz"));
    for (const name of ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"])
      files[name] = (await readFixture(`test/goldens/tokenizer/mpnet/${name}`))!;
  });

  /** The reference writes the white space that <mask> strips into the token's name; here a token's name is the vocabulary's. */
  const trimmed = (fast: Golden["fast"]) =>
    "tokens" in fast ? { ...fast, tokens: (fast.tokens as string[]).map((token) => token.trim()) } : fast;

  test("answers every golden case as the reference does", async () => {
    expect(cases.length).toBe(200);
    for (const golden of cases) {
      const { call, text, pair, fast } = golden;
      const lower = golden.options.do_lower_case;
      const tokenizer = await BertTokenizerFast.fromPretrained(
        files,
        lower === undefined ? {} : { doLowerCase: lower },
      );
      const options: EncodeOptions = {
        padding: call.padding as EncodeOptions["padding"],
        truncation: call.truncation as EncodeOptions["truncation"],
        maxLength: call.max_length as number | undefined,
        stride: call.stride as number | undefined,
        returnOverflowingTokens: call.return_overflowing_tokens as boolean | undefined,
        addSpecialTokens: call.add_special_tokens as boolean | undefined,
        padToMultipleOf: call.pad_to_multiple_of as number | undefined,
        offsetUnit: "codepoint",
      };
      const input = pair === undefined ? text : ([text, pair] as const);
      const encode = () =>
        call.return_overflowing_tokens
          ? tokenizer.batchEncodePlus([input], options)
          : tokenizer.encodePlus(input, options);
      const what = JSON.stringify([text, pair, golden.options, call]);
      if (fast.error) expect(encode, what).toThrowError(expect.objectContaining({ type: "invalid_input" }));
      else expect(encode(), what).toMatchObject(trimmed(fast));
      expect(tokenizer.tokenize(text), what).toEqual(golden.fast_tokens.map((token) => token.trim()));
      expect(tokenizer.decode(tokenizer.encode(text)), what).toBe(golden.decoded);
    }
  });

  test("is known without a tokenizer.json, by its class or by what the folder says", async () => {
    const vocabulary = { "vocab.txt": new TextEncoder().encode(WORDS) };
    const config = { "config.json": new TextEncoder().encode('{"model_type":"mpnet"}') };
    const tokenizers = [
      await MPNetTokenizerFast.fromPretrained(vocabulary),
      await readAnyTokenizer({ ...vocabulary, ...config }),
    ];
    for (const tokenizer of tokenizers) {
      const { tokens, token_type_ids } = tokenizer.encodePlus(["a  <mask> b", "c"]);
      expect(tokens).toEqual(["<s>", "a", "<mask>", "b", "</s>", "</s>", "c", "</s>"]);
      expect(token_type_ids).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
      expect(tokenizer.size).toBe(8);
    }
    await expectError(() => readAnyTokenizer(vocabulary), "invalid_checkpoint", "the vocabulary has no [SEP]");
  });

  test("goes through a packed file", async () => {
    const { config, tables } = (await packTokenizer(files))!;
    expect(config.type).toBe("wordpiece");
    const unpacked = unpackTokenizer(JSON.parse(JSON.stringify(config)), tables)!;
    const tokenizer = await BertTokenizerFast.fromPretrained(files);
    expect(unpacked.encode(["hello world", "again"])).toEqual(tokenizer.encode(["hello world", "again"]));
    expect(unpacked.numSpecialTokensToAdd(true)).toBe(4);
  });
});

describe("a template is refused", () => {
  const make = (template: { single: string[]; pair: string[] }) => () =>
    BertTokenizerFast.fromVocabulary(WORDS, { ...NAMES, template });

  test("without its text, or with one too often", async () => {
    await expectError(make({ ...ROBERTA, single: ["<s>:0"] }), "invalid_config", "must hold $A once");
    await expectError(make({ ...ROBERTA, pair: ["$A:0", "$A:0"] }), "invalid_config", "$A and $B once each");
  });

  test("with a piece that has no type", () =>
    expectError(make({ ...ROBERTA, single: ["<s>", "$A:0"] }), "invalid_config", '"<s>" is not "token:type"'));

  test("with a token that the vocabulary does not have", () =>
    expectError(make({ ...ROBERTA, single: ["[X]:0", "$A:0"] }), "invalid_checkpoint", "the vocabulary has no [X]"));
});

describe("a packed tokenizer's record", () => {
  test("without a type, as older files have it, is WordPiece's", async () => {
    const { config, tables } = (await packTokenizer({
      "vocab.txt": new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n"),
    }))!;
    const { type, template, ...older } = config;
    expect([type, template]).toEqual(["wordpiece", null]);
    expect(unpackTokenizer(older, tables)!.encode("a a")).toEqual([2, 4, 4, 3]);
  });

  test("of a type that is not known is refused with those that are", () =>
    expectError(
      () => unpackTokenizer({ type: "morse" }, new Map()),
      "unsupported",
      '"morse"',
      "known: wordpiece, bpe, unigram",
    ));
});
