// SentencePiece models without a tokenizer.json, converted by each family's rules: the golden cases of transformers 4.46.3, which converted the same files.
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { AutoTokenizer } from "../../src/models/auto.ts";
import {
  AlbertTokenizerFast,
  CamembertTokenizerFast,
  packTokenizer,
  type Tokenizer,
  unpackTokenizer,
  XLMRobertaTokenizerFast,
} from "../../src/tokenizer/tokenizer.ts";
import { expectError } from "../expect-error.ts";
import { readJsonFixture } from "../fixtures.ts";
import { answerTo, decodingsOf, type GoldenCase, type TokenizerGoldens, withOurNames } from "./golden-cases.ts";

type Options = Readonly<Record<string, boolean>>;
type Files = Readonly<Record<string, Uint8Array>>;

interface Row {
  readonly name: string;
  readonly goldens: string;
  readonly file: string;
  readonly make: (files: Files, options: Options) => Promise<Tokenizer>;
}

const FOLDER = "test/goldens/tokenizer-relatives";
const OWN = `${FOLDER}/sentencepiece`;

const makeAlbert: Row["make"] = (files, { do_lower_case: doLowerCase, keep_accents: keepAccents }) =>
  AlbertTokenizerFast.fromPretrained(files, {
    ...(doLowerCase !== undefined && { doLowerCase }),
    ...(keepAccents !== undefined && { keepAccents }),
  });
const makeXlmRoberta: Row["make"] = (files) => XLMRobertaTokenizerFast.fromPretrained(files);

const ROWS: readonly Row[] = [
  {
    name: "ALBERT's, with control and user-defined symbols",
    goldens: `${OWN}/albert.json.gz`,
    file: `${OWN}/albert/spiece.model`,
    make: makeAlbert,
  },
  {
    name: "ALBERT's, with the normalisation of the published models",
    goldens: `${FOLDER}/albert.json.gz`,
    file: `${FOLDER}/albert/spiece.model`,
    make: makeAlbert,
  },
  {
    name: "XLM-R's, with user-defined symbols",
    goldens: `${OWN}/xlm-roberta.json.gz`,
    file: `${OWN}/xlm-roberta/sentencepiece.bpe.model`,
    make: makeXlmRoberta,
  },
  {
    name: "XLM-R's, without normalisation",
    goldens: `${OWN}/xlm-plain.json.gz`,
    file: `${OWN}/xlm-plain/sentencepiece.bpe.model`,
    make: makeXlmRoberta,
  },
  {
    name: "CamemBERT's",
    goldens: `${OWN}/camembert.json.gz`,
    file: `${OWN}/camembert/sentencepiece.bpe.model`,
    make: (files) => CamembertTokenizerFast.fromPretrained(files),
  },
];

/**
 * The windows over a pair as the template has them: one token type. The reference's library gives the second text of windows behind the first type 1,
 * which these models do not have.
 */
function withTemplateTypes({ options: _, pair, fast }: GoldenCase, tokenizer: Tokenizer): Record<string, unknown> {
  const { token_type_ids: types, overflow_to_sample_mapping: windows } = fast as Record<string, number[][] | undefined>;
  if (!windows || pair === undefined || !types || tokenizer instanceof AlbertTokenizerFast) return fast;
  return { ...fast, token_type_ids: types.map((row) => row.map(() => 0)) };
}

describe.each(ROWS)("$name", ({ goldens: path, file, make }) => {
  let cases: readonly GoldenCase[];
  const made = new Map<string, Tokenizer>();
  const tokenizerOf = ({ options }: GoldenCase) => made.get(JSON.stringify(options))!;

  beforeAll(async () => {
    ({ cases } = await readJsonFixture<TokenizerGoldens>(path));
    const files = { [file.split("/").at(-1)!]: await readFile(file) };
    for (const { options } of cases) {
      const key = JSON.stringify(options);
      if (!made.has(key)) made.set(key, await make(files, options));
    }
  });

  test("ids, tokens, offsets, masks, word and sequence ids, and refusals", () => {
    expect(cases.length).toBeGreaterThan(100);
    for (const golden of cases) {
      const tokenizer = tokenizerOf(golden);
      const answer = answerTo(golden, tokenizer);
      const fast = withTemplateTypes(golden, tokenizer);
      const wanted =
        golden.fast.error === undefined
          ? withOurNames({ ...golden, fast }, answer, tokenizer)
          : { error: "invalid_input" };
      expect(answer, JSON.stringify([golden.text, golden.pair, golden.options, golden.call])).toEqual(wanted);
    }
  });

  test("three decodings", () => {
    for (const golden of cases) {
      const [ours, wanted] = decodingsOf(golden, tokenizerOf(golden));
      expect(ours).toEqual(wanted);
    }
  });
});

const TEXT = ["  Hello, “wörld” (5,000)  x\n北京 <mask>  ", "[MASK] \ufb01n"] as const;
const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));

describe("a folder with a SentencePiece model", () => {
  const files: Record<string, Uint8Array> = {};
  beforeAll(async () => {
    for (const name of [
      "albert/spiece.model",
      "camembert/sentencepiece.bpe.model",
      "xlm-roberta/sentencepiece.bpe.model",
    ])
      files[name.split("/")[0]!] = await readFile(`${OWN}/${name}`);
  });

  const classes = [
    ["albert", "AlbertTokenizer", "spiece.model", AlbertTokenizerFast],
    ["xlm-roberta", "XLMRobertaTokenizerFast", "sentencepiece.bpe.model", XLMRobertaTokenizerFast],
    ["camembert", "CamembertTokenizer", "sentencepiece.bpe.model", CamembertTokenizerFast],
  ] as const;
  describe.each(classes)("of %s", (family, tokenizer_class, name, Class) => {
    test("is known by the tokenizer's class or the model's type", async () => {
      const file = { [name]: files[family]! };
      const wanted = (await Class.fromPretrained(file)).encodePlus(TEXT);
      const configurations: Record<string, Uint8Array>[] = [
        { "tokenizer_config.json": json({ tokenizer_class }), "config.json": json({ model_type: "bert" }) },
        { "config.json": json({ model_type: "bert", tokenizer_class }) },
        { "config.json": json({ model_type: family }) },
      ];
      for (const configuration of configurations)
        expect((await AutoTokenizer.fromPretrained({ ...file, ...configuration })).encodePlus(TEXT)).toEqual(wanted);
    });

    test("makes a tokenizer that is packed and written like any other", async () => {
      const source = { [name]: files[family]!, "config.json": json({ model_type: family }) };
      const tokenizer = await Class.fromPretrained(source);
      const { config, tables } = (await packTokenizer(source))!;
      const packed = unpackTokenizer(JSON.parse(JSON.stringify(config)), tables)!;
      expect(packed.encodePlus(TEXT)).toEqual(tokenizer.encodePlus(TEXT));
      expect(packed.options).toEqual(tokenizer.options);
      const written = await Class.fromPretrained(tokenizer.toFiles());
      expect(written.encodePlus(TEXT)).toEqual(tokenizer.encodePlus(TEXT));
      expect(written.getAddedVocab()).toEqual(tokenizer.getAddedVocab());
      expect({ ...written.options, addedTokens: [] }).toEqual({ ...tokenizer.options, addedTokens: [] });
    });
  });

  test("takes settings from tokenizer_config.json, which a caller's win over", async () => {
    const source = {
      "spiece.model": files.albert!,
      "tokenizer_config.json": json({
        do_lower_case: false,
        keep_accents: true,
        model_max_length: 7,
        added_tokens_decoder: { 700: { content: "<ent>", special: true } },
      }),
      "special_tokens_map.json": json({ cls_token: "[CLS]", additional_special_tokens: ["€"] }),
    };
    const tokenizer = await AlbertTokenizerFast.fromPretrained(source);
    expect(tokenizer.options.normalizer.map(({ type }) => type)).toEqual([
      "Replace",
      "Replace",
      "Precompiled",
      "Replace",
    ]);
    expect([tokenizer.modelMaxLength, tokenizer.convertTokenToId("<ent>")]).toEqual([7, 700]);
    const folded = await AlbertTokenizerFast.fromPretrained(source, { doLowerCase: true, keepAccents: false });
    expect(folded.options.normalizer.map(({ type }) => type)).toContain("StripAccents");
    expect(folded.tokenize("É")).toEqual(folded.tokenize("e"));
    // A symbol of the file's is not special for being named, as in the reference.
    expect(tokenizer.isSpecial(tokenizer.convertTokenToId("€"))).toBe(false);
  });

  test("says which classes there are when it names another, or none", async () => {
    const known = "a SentencePiece model is read as AlbertTokenizer, XLMRobertaTokenizer, CamembertTokenizer";
    const file = { "spiece.model": files.albert! };
    await expectError(() => AutoTokenizer.fromPretrained(file), "unsupported", `${known}; no configuration names any`);
    const t5 = { ...file, "tokenizer_config.json": json({ tokenizer_class: "T5Tokenizer" }) };
    await expectError(() => AutoTokenizer.fromPretrained(t5), "unsupported", `${known}; "T5Tokenizer" is none of them`);
    await expectError(
      () => XLMRobertaTokenizerFast.fromPretrained(file),
      "not_found",
      "there is neither a tokenizer.json nor a sentencepiece.bpe.model",
    );
  });
});
