// Saved tokenizers: read again by this library, and by the reference where Python has it (transformers 4.46.3).
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadPacked } from "../../src/models/loaded-model.ts";
import { BertTokenizer, BertTokenizerFast, type TokenizerOptions } from "../../src/tokenizer/tokenizer.ts";
import { expectError } from "../expect-error.ts";
import { readJsonFixture } from "../fixtures.ts";
import { reference } from "../functions/python.ts";
import { vocabulary } from "./vocabularies.ts";

const hasReference = await reference("-c", "import transformers; assert transformers.__version__ == '4.46.3'");
const reason =
  hasReference.code === 0 ? undefined : "(skipped: python has no transformers 4.46.3; set BERTLET_REFERENCE)";
let folder: string;
let texts: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-"));
  const goldens = await readJsonFixture<{ cases: { kind: string; text: string }[] }>(
    "test/goldens/tokenizer/wordpiece.json.gz",
  );
  // The slow reference follows the Unicode of its Python, so that noise may differ.
  texts = goldens.cases.filter(({ kind }) => kind === "text").map(({ text }) => text);
});

afterAll(() => rm(folder, { recursive: true }));

const KINDS: readonly (readonly [name: string, options: TokenizerOptions, vocab: "cased" | "uncased"])[] = [
  ["uncased", {}, "uncased"],
  ["cased", { doLowerCase: false, modelMaxLength: 64, truncationSide: "left", paddingSide: "left" }, "cased"],
  ["kept accents", { stripAccents: false, tokenizeChineseChars: false, cleanUpTokenizationSpaces: false }, "uncased"],
  [
    "added tokens",
    {
      addedTokens: [
        { content: "<ent>", special: true },
        { content: "Word", normalized: false, singleWord: true },
        { content: "[MASK]", special: true, lstrip: true },
      ],
    },
    "uncased",
  ],
  ["another template", { template: { single: ["$A:0", "[SEP]:0"], pair: ["$A:0", "[SEP]:0", "$B:1"] } }, "uncased"],
];

async function make(options: TokenizerOptions, vocab: "cased" | "uncased"): Promise<BertTokenizerFast> {
  const tokenizer = new BertTokenizerFast(await vocabulary(vocab), options);
  tokenizer.addTokens(["later", "prototype"]);
  return tokenizer;
}

const pairs = () => texts.slice(0, 40).map((text, index): [string, string] => [text, texts[index + 40]!]);

/** What is compared: ids, types and offsets of texts and pairs, a truncated and padded batch, decodings. */
function outputs(tokenizer: BertTokenizerFast) {
  const options = { offsetUnit: "codepoint" } as const;
  const rows = texts.map((text) => tokenizer.encodePlus(text, options));
  const cut = { truncation: true, maxLength: 12, padding: "max_length" } as const;
  return {
    ids: rows.map((row) => row.input_ids),
    offsets: rows.map((row) => row.offset_mapping),
    special: rows.map((row) => row.special_tokens_mask),
    pairs: tokenizer.batchEncodePlus(pairs()).input_ids,
    types: tokenizer.batchEncodePlus(pairs()).token_type_ids,
    cut: tokenizer.batchEncodePlus(texts, cut).input_ids,
    decoded: rows.map((row) => tokenizer.decode(row.input_ids, { skipSpecialTokens: true })),
    length: tokenizer.length,
  };
}

const REFERENCE = `
import json, sys
from transformers import AutoTokenizer
folder, given, use_fast, saved = sys.argv[1:5]
given = json.load(open(given))
t = AutoTokenizer.from_pretrained(folder, use_fast=use_fast == "fast")
fast = t.is_fast
rows = [t(text, return_offsets_mapping=fast, return_special_tokens_mask=True) for text in given["texts"]]
pairs = t([tuple(pair) for pair in given["pairs"]])
out = {
  "ids": [row["input_ids"] for row in rows],
  "special": [row["special_tokens_mask"] for row in rows],
  "pairs": pairs["input_ids"], "types": pairs["token_type_ids"],
  "cut": t(given["texts"], truncation=True, max_length=12, padding="max_length")["input_ids"],
  "decoded": [t.decode(row["input_ids"], skip_special_tokens=True, clean_up_tokenization_spaces=t.clean_up_tokenization_spaces) for row in rows],
  "length": len(t),
}
if fast: out["offsets"] = [[list(o) for o in row["offset_mapping"]] for row in rows]
t.save_pretrained(saved)
json.dump(out, open(saved + "/outputs.json", "w"))
`;

async function askReference(name: string, tokenizer: BertTokenizer | BertTokenizerFast, kind: "fast" | "slow") {
  const [ours, theirs] = [join(folder, `${name} ${kind}`), join(folder, `${name} ${kind} again`)];
  await tokenizer.savePretrained(ours);
  await tokenizer.savePretrained(theirs);
  await writeFile(join(folder, "given.json"), JSON.stringify({ texts, pairs: pairs() }));
  const { code, stderr } = await reference("-c", REFERENCE, ours, join(folder, "given.json"), kind, theirs);
  expect(code, stderr).toBe(0);
  return { folder: theirs, outputs: JSON.parse(await readFile(join(theirs, "outputs.json"), "utf8")) };
}

describe.each(KINDS)("a saved tokenizer, %s", (name, options, vocab) => {
  test("read again has the same options in effect and gives the same outputs", async () => {
    const tokenizer = await make(options, vocab);
    await tokenizer.savePretrained(join(folder, name));
    const again = await BertTokenizerFast.fromPretrained(join(folder, name));
    expect(outputs(again)).toEqual(outputs(tokenizer));
    expect(again.getVocab()).toEqual(tokenizer.getVocab());
    expect(again.getAddedVocab()).toEqual(tokenizer.getAddedVocab());
    expect(again.modelMaxLength).toBe(tokenizer.modelMaxLength);
    const { addedTokens, ...others } = tokenizer.options;
    expect(again.options).toMatchObject(others);
  });

  test.skipIf(reason)(
    `is read by the reference with the same outputs, and its copy by us ${reason ?? ""}`,
    async () => {
      const tokenizer = await make(options, vocab);
      const wanted = outputs(tokenizer);
      const asked = await askReference(name, tokenizer, "fast");
      expect(asked.outputs).toEqual(wanted);
      expect(outputs(await BertTokenizerFast.fromPretrained(asked.folder))).toEqual(wanted);
    },
  );
});

test.skipIf(reason)(`BertTokenizer is read by the slow reference with the same ids ${reason ?? ""}`, async () => {
  const tokenizer = new BertTokenizer(await vocabulary("uncased"), {
    addedTokens: [{ content: "<ent>", special: true }],
  });
  const { outputs: asked } = await askReference("slow", tokenizer, "slow");
  expect(asked.ids).toEqual(texts.map((text) => tokenizer.encode(text)));
  expect(asked.pairs).toEqual(tokenizer.batchEncodePlus(pairs()).input_ids);
  expect(asked.length).toBe(tokenizer.length);
});

test("a vocabulary that vocab.txt cannot hold is not saved", () => {
  const vocab = Object.fromEntries(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a\nb"].map((token, id) => [token, id]));
  const json = {
    normalizer: { type: "BertNormalizer" },
    pre_tokenizer: { type: "BertPreTokenizer" },
    model: { vocab },
  };
  return expectError(() => BertTokenizerFast.fromTokenizerJson(json).toFiles(), "unsupported", "line break");
});

test("the tokenizer of a packed model is not saved by a Worker, which carries no writers", async () => {
  const { tokenizer } = await loadPacked(await readFile("models/minilm-l6-heads/model.safetensors"));
  await expectError(() => tokenizer!.toFiles(), "unsupported", "load its model with fromPretrained");
});
