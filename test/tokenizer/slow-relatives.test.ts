// The slow tokenizers of BERT's relatives: every golden case that has the slow reference's tokens.
import { beforeAll, describe, expect, test } from "vitest";
import { ProtoMessage } from "../../src/onnx/proto.ts";
import type { RowEncoding } from "../../src/tokenizer/encoding.ts";
import {
  AlbertTokenizer,
  CamembertTokenizer,
  MPNetTokenizer,
  RobertaTokenizer,
  type Tokenizer,
  XLMRobertaTokenizer,
} from "../../src/tokenizer/tokenizer.ts";
import { expectError } from "../expect-error.ts";
import { readFixture, readJsonFixture } from "../fixtures.ts";
import type { GoldenCase, TokenizerGoldens } from "./golden-cases.ts";

type Files = Readonly<Record<string, Uint8Array>>;
type Options = Readonly<Record<string, boolean>>;

interface Row {
  readonly name: string;
  readonly goldens: string;
  readonly folder: string;
  readonly files: readonly string[];
  readonly make: (files: Files, options: Options) => Promise<Tokenizer<RowEncoding>>;
}

const OWN = "test/goldens/tokenizer-relatives";
const SMALL = `${OWN}/sentencepiece`;
const SHARED = "../shared/goldens/tokenizer-relatives";
const CONFIG = ["tokenizer_config.json", "special_tokens_map.json"];

const given = (names: Readonly<Record<string, string>>, options: Options) =>
  Object.fromEntries(
    Object.entries(names).flatMap(([ours, theirs]) => (theirs in options ? [[ours, options[theirs]!]] : [])),
  );
const makeRoberta: Row["make"] = (files, options) =>
  RobertaTokenizer.fromPretrained(files, given({ addPrefixSpace: "add_prefix_space" }, options));
const makeMPNet: Row["make"] = (files, options) =>
  MPNetTokenizer.fromPretrained(files, given({ doLowerCase: "do_lower_case" }, options));
const makeAlbert: Row["make"] = (files, options) =>
  AlbertTokenizer.fromPretrained(files, given({ doLowerCase: "do_lower_case", keepAccents: "keep_accents" }, options));
const makeXlmRoberta: Row["make"] = (files) => XLMRobertaTokenizer.fromPretrained(files);

const ROWS: readonly Row[] = [
  {
    name: "RobertaTokenizer",
    goldens: `${OWN}/roberta.json.gz`,
    folder: `${OWN}/roberta`,
    files: ["vocab.json", "merges.txt", ...CONFIG],
    make: makeRoberta,
  },
  {
    name: "RobertaTokenizer of tokenizer.json",
    goldens: `${OWN}/roberta.json.gz`,
    folder: `${OWN}/roberta`,
    files: ["tokenizer.json", ...CONFIG],
    make: makeRoberta,
  },
  {
    name: "MPNetTokenizer",
    goldens: "test/goldens/tokenizer/mpnet.json.gz",
    folder: "test/goldens/tokenizer/mpnet",
    files: ["tokenizer.json", ...CONFIG],
    make: makeMPNet,
  },
  {
    name: "MPNetTokenizer of vocab.txt",
    goldens: `${SHARED}/mpnet.json.gz`,
    folder: `${SHARED}/mpnet`,
    files: ["vocab.txt", ...CONFIG],
    make: makeMPNet,
  },
  {
    name: "AlbertTokenizer, with the normalisation of the published models",
    goldens: `${OWN}/albert.json.gz`,
    folder: `${OWN}/albert`,
    files: ["spiece.model", ...CONFIG],
    make: makeAlbert,
  },
  {
    name: "AlbertTokenizer, with control and user-defined symbols",
    goldens: `${SMALL}/albert.json.gz`,
    folder: `${SMALL}/albert`,
    files: ["spiece.model"],
    make: makeAlbert,
  },
  {
    name: "XLMRobertaTokenizer, with user-defined symbols",
    goldens: `${SMALL}/xlm-roberta.json.gz`,
    folder: `${SMALL}/xlm-roberta`,
    files: ["sentencepiece.bpe.model"],
    make: makeXlmRoberta,
  },
  {
    name: "XLMRobertaTokenizer, without normalisation",
    goldens: `${SMALL}/xlm-plain.json.gz`,
    folder: `${SMALL}/xlm-plain`,
    files: ["sentencepiece.bpe.model"],
    make: makeXlmRoberta,
  },
  {
    name: "CamembertTokenizer",
    goldens: `${SMALL}/camembert.json.gz`,
    folder: `${SMALL}/camembert`,
    files: ["sentencepiece.bpe.model"],
    make: (files) => CamembertTokenizer.fromPretrained(files),
  },
];

async function readFiles(folder: string, names: readonly string[]): Promise<Files | undefined> {
  const files: Record<string, Uint8Array> = {};
  for (const name of names) {
    const bytes = await readFixture(`${folder}/${name}`);
    if (!bytes) return undefined;
    files[name] = bytes;
  }
  return files;
}

describe.each(ROWS)("$name answers every golden case as the slow reference does", ({ goldens: path, make, ...row }) => {
  let cases: readonly GoldenCase[] | undefined;
  const made = new Map<string, Tokenizer<RowEncoding>>();
  const tokenizerOf = ({ options }: GoldenCase) => made.get(JSON.stringify(options))!;

  beforeAll(async () => {
    const files = await readFiles(row.folder, row.files);
    if (!files) return;
    ({ cases } = await readJsonFixture<TokenizerGoldens>(path));
    for (const { options } of cases) {
      const key = JSON.stringify(options);
      if (!made.has(key)) made.set(key, await make(files, options));
    }
  });

  test("tokens", ({ skip }) => {
    if (!cases) skip("../shared is absent");
    expect(cases!.length).toBeGreaterThan(100);
    for (const golden of cases!) {
      expect(golden.slow_tokens).toBeDefined();
      expect(tokenizerOf(golden).tokenize(golden.text), JSON.stringify(golden.text)).toEqual(golden.slow_tokens);
    }
  });

  test("ids and decodings, where they are given", ({ skip }) => {
    const withIds = cases?.filter(({ slow_ids }) => slow_ids) ?? [];
    if (withIds.length === 0) skip("the goldens have tokens alone");
    for (const golden of withIds) {
      const tokenizer = tokenizerOf(golden);
      const ids = tokenizer.encode(golden.text);
      expect(ids, JSON.stringify(golden.text)).toEqual(golden.slow_ids);
      const clean = { skipSpecialTokens: true, cleanUpTokenizationSpaces: true };
      expect([tokenizer.decode(ids), tokenizer.decode(ids, clean)]).toEqual(golden.slow_decoded);
    }
  });
});

describe("the slow tokenizers' rows", () => {
  const rows: readonly [string, readonly number[]][] = [
    ["RobertaTokenizer", [0, 0, 0, 0, 0, 0]],
    ["MPNetTokenizer", [0, 0, 0, 0, 0, 0]],
    ["AlbertTokenizer, with control and user-defined symbols", [0, 0, 0, 1, 1]],
    ["CamembertTokenizer", [0, 0, 0, 0, 0, 0]],
  ];
  test.each(rows)("of a pair of %s have the family's token types", async (name, types) => {
    const { folder, files, make } = ROWS.find((row) => row.name === name)!;
    const tokenizer = await make((await readFiles(folder, files))!, {});
    const id = tokenizer.encode("a", { addSpecialTokens: false });
    const { input_ids, token_type_ids } = tokenizer.prepareForModel(id.slice(0, 1), id.slice(0, 1));
    expect(token_type_ids).toEqual(types);
    expect(input_ids.filter((each) => each === tokenizer.sepTokenId).length).toBe(types.length - 3);
    expect("offset_mapping" in tokenizer.encodePlus("a")).toBe(false);
  });
});

describe("a slow tokenizer", () => {
  const model = async (family: string, name: string) => (await readFixture(`${SMALL}/${family}/${name}`))!;

  test("is read again from its own files", async () => {
    const file = await model("albert", "spiece.model");
    const tokenizer = new AlbertTokenizer(file, { doLowerCase: false, removeSpace: false, modelMaxLength: 9 });
    tokenizer.addTokens(["<new>"]);
    const again = await AlbertTokenizer.fromPretrained(tokenizer.toFiles());
    expect({ ...again.options, addedTokens: [] }).toEqual({ ...tokenizer.options, addedTokens: [] });
    expect(again.getAddedVocab()).toEqual(tokenizer.getAddedVocab());
    expect(again.tokenize("É <new>  x[MASK]")).toEqual(tokenizer.tokenize("É <new>  x[MASK]"));
  });

  test("of ALBERT leaves white space alone unless it is told to remove it", async () => {
    const file = await model("albert", "spiece.model");
    expect(new AlbertTokenizer(file).tokenize("a\u0085b")).toEqual(new AlbertTokenizer(file).tokenize("a b"));
    const kept = new AlbertTokenizer(file, { removeSpace: false }).tokenize("a\u0085b");
    expect(kept).not.toEqual(new AlbertTokenizer(file).tokenize("a b"));
  });

  test("of ALBERT makes two tokens of a number and a comma", () => {
    const scores = [-1, -1.5, -2, -2.5, -3, -4, -5, -2, -4];
    const model = new ProtoMessage().message(2, new ProtoMessage().int(40, 1));
    for (const piece of ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"])
      model.message(1, new ProtoMessage().string(1, piece).int(3, piece === "<unk>" ? 2 : 3));
    for (const [i, piece] of ["▁5,", "15,", "▁", "5", ",", "▁5", "1", "a", "▁15"].entries())
      model.message(1, new ProtoMessage().string(1, piece).float(2, scores[i]!));
    const tokenizer = new AlbertTokenizer(model.finish());
    expect(tokenizer.tokenize("5,")).toEqual(["▁5", ","]);
    expect(tokenizer.tokenize("a15,")).toEqual(["▁", "a", "15", ","]);
    expect(tokenizer.tokenize("5, 15,a")).toEqual(["▁5", ",", "▁", "15", ",", "a"]);
  });

  test("leaves user-defined symbols as they are written, before any rule of normalisation", async () => {
    const symbol = new ProtoMessage().message(1, new ProtoMessage().string(1, "ＡＢ").int(3, 4));
    const file = await model("xlm-roberta", "sentencepiece.bpe.model");
    const tokenizer = new XLMRobertaTokenizer(new ProtoMessage().raw(file).raw(symbol.finish()).finish());
    expect(tokenizer.tokenize("ＡＢ")).toEqual(["▁", "ＡＢ"]);
    expect(tokenizer.tokenize("ＡＡＢＢ")).toEqual(["▁A", "ＡＢ", "B"]);
    expect(tokenizer.tokenize("ＢＡ")).toEqual(["▁B", "A"]);
  });

  test("cuts the end of a long text as its beginning", async () => {
    const tokenizer = new XLMRobertaTokenizer(await model("xlm-roberta", "sentencepiece.bpe.model"));
    const text = "the quick brown fox, 5,000 (ab) guerra declaró 1000 ";
    const once = tokenizer.tokenize(text);
    const often = tokenizer.tokenize(text.repeat(6000));
    const others = Array.from({ length: 6000 }, (_, i) => often.slice(35 * i, 35 * (i + 1)).join(" ")).filter(
      (tokens) => tokens !== once.join(" "),
    );
    // Two of them differ in the reference, too, where sums of 32 bits tie.
    expect([often.length, others.length]).toEqual([210_000, 2]);
  });

  test("knows its own tokens as special by their names, and its mask takes the space before it", async () => {
    const tokenizer = new CamembertTokenizer(await model("camembert", "sentencepiece.bpe.model"), {
      addedTokens: [{ content: "<s>", special: false }],
    });
    expect(tokenizer.isSpecial(tokenizer.clsTokenId)).toBe(true);
    expect(tokenizer.tokenize("a  <mask>")).toEqual(["▁a", "<mask>"]);
    expect(tokenizer.convertIdsToTokens([1e6])).toEqual([undefined]);
  });

  test("takes a long text of pieces that are all improbable", async () => {
    const tokenizer = new XLMRobertaTokenizer(await model("xlm-roberta", "sentencepiece.bpe.model"));
    const tokens = tokenizer.tokenize("漢 ".repeat(20_000));
    expect(tokens.length).toBe(40_000);
    expect(new Set(tokens)).toEqual(new Set(["▁", "漢"]));
  });

  test("refuses options that it does not have, and files that are none", async () => {
    const file = await model("xlm-roberta", "sentencepiece.bpe.model");
    const options = { doLowerCase: true } as object;
    await expectError(() => new XLMRobertaTokenizer(file, options), "invalid_config", "doLowerCase: unknown key");
    await expectError(() => new AlbertTokenizer(new Uint8Array(3)), "invalid_checkpoint", "spiece.model");
    await expectError(() => AlbertTokenizer.fromPretrained({}), "not_found", "nor a spiece.model");
  });

  test("of RoBERTa needs a token for every byte", async () => {
    const vocab = { "<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, a: 4 };
    const files = { "vocab.json": new TextEncoder().encode(JSON.stringify(vocab)), "merges.txt": new Uint8Array() };
    await expectError(() => RobertaTokenizer.fromPretrained(files), "unsupported", "no token for byte 0");
  });
});
