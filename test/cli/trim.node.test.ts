// bertlet trim: fewer tokens, the same vectors for texts that are cut into tokens that are kept.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeHeadFile } from "../../src/checkpoint/head-file.ts";
import { BertForMaskedLM } from "../../src/models/bert-for-masked-lm.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { pipeline } from "../../src/models/pipeline.ts";
import { readAnyTokenizer } from "../../src/tokenizer/relatives.ts";
import { checkpointFiles, randomHead, randomTensors, shapesOf, tinyConfig } from "../builders.ts";
import { bertlet } from "./bertlet.ts";

const TOKENIZERS = {
  WordPiece: "test/goldens/tokenizer/cased",
  unigram: "test/goldens/tokenizer-relatives/albert",
  "byte-level BPE": "test/goldens/tokenizer-relatives/roberta",
};
const TEXTS = [
  "The quick brown fox jumps over the lazy dog.",
  "Where does she live, and how long?",
  "It is going to rain in Berlin today; take an umbrella!",
  "Play some music from the nineties.",
  "I have never been so happy in my life.",
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-trim-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A masked language model with random weights, and this tokenizer's files. */
async function writeModel(tokenizerFolder: string): Promise<string> {
  const { size } = await readAnyTokenizer(tokenizerFolder);
  const config = tinyConfig({ vocab_size: size, max_position_embeddings: 64, architectures: ["BertForMaskedLM"] });
  const { tensors } = randomHead("BertForMaskedLM", config);
  const encoder = [...randomTensors(shapesOf(config, false))].map(([name, view]) => [`bert.${name}`, view] as const);
  const files = checkpointFiles({ "config.json": config, "model.safetensors": new Map([...encoder, ...tensors]) });
  const path = join(folder, "model");
  await mkdir(path);
  for (const [name, bytes] of files) await writeFile(join(path, name), bytes);
  for (const name of await readdir(tokenizerFolder))
    await writeFile(join(path, name), await readFile(join(tokenizerFolder, name)));
  return path;
}

async function writeTexts(name: string, texts: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${texts.join("\n")}\n`);
  return path;
}

const repeated = (texts: readonly string[]) => Array.from({ length: 4 }, () => texts).flat();

describe.each(["WordPiece", "unigram"] as const)("a model with a %s vocabulary", (kind) => {
  test("has the same vectors and logits for the texts that it was trimmed to", async () => {
    const path = await writeModel(TOKENIZERS[kind]);
    const small = join(folder, "small");
    const { code, out } = await bertlet("trim", path, small, "--texts", await writeTexts("en.txt", repeated(TEXTS)));
    expect([code, out]).toEqual([
      0,
      expect.stringContaining("en.txt  100.0 % tokenised as before, 0.0 % more tokens, 0 more unknown"),
    ]);
    const [before, after] = [await loadPretrained(path), await loadPretrained(small)];
    expect(after.tokenizer!.size).toBe(after.config.vocab_size);
    expect(after.tokenizer!.size).toBeLessThan(before.tokenizer!.size);
    const embed = [await pipeline("sentence-embedding", before), await pipeline("sentence-embedding", after)] as const;
    for (const text of TEXTS) {
      expect(after.tokenizer!.tokenize(text)).toEqual(before.tokenizer!.tokenize(text));
      expect(after.tokenizer!.decode(after.tokenizer!.encode(text))).toBe(
        before.tokenizer!.decode(before.tokenizer!.encode(text)),
      );
      expect(await embed[1](text)).toEqual(await embed[0](text));
    }
    const row = before.tokenizer!.encode(TEXTS[0]!);
    const [large, trimmed] = [await BertForMaskedLM.fromPretrained(path), await BertForMaskedLM.fromPretrained(small)];
    const logits = async (model: BertForMaskedLM, ids: readonly number[]) =>
      (await model.forward({ input_ids: [ids] })).logits;
    const [all, kept] = [await logits(large, row), await logits(trimmed, after.tokenizer!.encode(TEXTS[0]!))];
    for (const token of ["[MASK]", "<mask>", "a", "▁a"].filter(
      (token) => after.tokenizer!.vocabulary.id(token) !== undefined,
    )) {
      const [was, is] = [before, after].map(({ tokenizer }) => tokenizer!.convertTokenToId(token)) as [number, number];
      for (let at = 0; at < row.length; at++)
        expect(kept.data[at * after.config.vocab_size + is]).toBe(all.data[at * before.config.vocab_size + was]);
    }
  });

  test("spells words that the texts do not have, in their script", async () => {
    const path = await writeModel(TOKENIZERS[kind]);
    const small = join(folder, "small");
    await bertlet("trim", path, small, "--texts", await writeTexts("en.txt", repeated(TEXTS)));
    const { tokenizer } = await loadPretrained(small);
    const tokens = tokenizer!.tokenize("zebras");
    expect(tokens.length).toBeGreaterThan(2);
    expect(tokens).not.toContain(tokenizer!.options.unkToken);
  });

  test("keeps the most frequent tokens where there is a limit, and says what that costs, per file", async () => {
    const path = await writeModel(TOKENIZERS[kind]);
    const [a, b] = [await writeTexts("a.txt", repeated(TEXTS.slice(0, 3))), await writeTexts("b.txt", repeated(TEXTS))];
    const trim = async (name: string, ...more: string[]) =>
      JSON.parse((await bertlet("trim", path, join(folder, name), "--texts", `${a},${b}`, "--json", ...more)).out);
    const all = await trim("all");
    const few = await trim("few", "--tokens", String(all.tokens.after - 20));
    expect(few.tokens).toEqual({ before: all.tokens.before, after: all.tokens.after - 20 });
    expect(all.texts.map(({ name, same }: { name: string; same: number }) => [name, same])).toEqual([
      ["a.txt", 1],
      ["b.txt", 1],
    ]);
    const more = ({ texts }: typeof few) =>
      texts.reduce((sum: number, { tokens_after }: { tokens_after: number }) => sum + tokens_after, 0);
    expect(more(few)).toBeGreaterThan(more(all));
  });
});

describe("is refused, and nothing is written:", () => {
  const refused = async (args: readonly string[], code: number, message: string) => {
    const present = await readdir(folder);
    const { err, ...result } = await bertlet("trim", ...args);
    expect([result.code, err]).toEqual([code, expect.stringContaining(message)]);
    expect(await readdir(folder)).toEqual(present);
  };

  test("a byte-level BPE", async () => {
    const [path, texts] = [await writeModel(TOKENIZERS["byte-level BPE"]), await writeTexts("en.txt", repeated(TEXTS))];
    await refused([path, join(folder, "small"), "--texts", texts], 1, "byte-level BPE cannot be trimmed");
  });

  test("no texts, too few, or a file that is not there", async () => {
    const path = await writeModel(TOKENIZERS.unigram);
    const small = join(folder, "small");
    await refused([path, small], 2, "needs --texts");
    await refused([path, small, "--texts", await writeTexts("few.txt", TEXTS)], 2, "has 5 texts");
    await refused([path, small, "--texts", join(folder, "no.txt")], 1, "no.txt");
  });

  test("a limit that is no number, or below the special tokens and characters", async () => {
    const path = await writeModel(TOKENIZERS.unigram);
    const texts = await writeTexts("en.txt", repeated(TEXTS));
    await refused([path, join(folder, "small"), "--texts", texts, "--tokens", "many"], 2, "positive integer");
    await refused([path, join(folder, "small"), "--texts", texts, "--tokens", "3"], 1, "keep at least those");
  });

  test("a folder with head files, whose heads would be lost", async () => {
    const path = await writeModel(TOKENIZERS.WordPiece);
    await mkdir(join(path, "heads"));
    const head = randomHead("BertForSequenceClassification", tinyConfig(), "mood");
    await writeFile(join(path, "heads", "mood.safetensors"), writeHeadFile(head));
    await refused(
      [path, join(folder, "small"), "--texts", await writeTexts("en.txt", repeated(TEXTS))],
      2,
      "head files, cannot be trimmed",
    );
  });

  test("a folder that exists", async () => {
    const path = await writeModel(TOKENIZERS.unigram);
    await refused([path, path, "--texts", await writeTexts("en.txt", repeated(TEXTS))], 2, "exists already");
  });
});
