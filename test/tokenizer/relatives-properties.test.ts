// The scanners of BERT's relatives against plain ones, on random vocabularies and texts; their packed form; and what they refuse.
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../src/random.ts";
import { BYTE_CHARS, fromByteChars } from "../../src/tokenizer/bpe/byte-chars.ts";
import { prepareBpe } from "../../src/tokenizer/bpe/merges.ts";
import { XLMRobertaTokenizerFast } from "../../src/tokenizer/relatives.ts";
import { packTokenizer, RobertaTokenizerFast, unpackTokenizer } from "../../src/tokenizer/tokenizer.ts";
import { Pieces, preparePieces, type ScoredPiece } from "../../src/tokenizer/unigram/pieces.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

const SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];
const ALPHABET = ["a", "b", "c", "é", "ж", "北", "😀"];

function randomText(next: () => number, length: number): string {
  return Array.from({ length }, () => ALPHABET[Math.floor(next() * ALPHABET.length)]).join("");
}

describe("a unigram tokenizer", () => {
  /** All pieces that a random vocabulary has, with a score each. */
  function vocabulary(next: () => number): ScoredPiece[] {
    const pieces = new Set(["▁", "a", "b"]);
    while (pieces.size < 60) pieces.add((next() < 0.3 ? "▁" : "") + randomText(next, 1 + Math.floor(next() * 4)));
    return [...SPECIAL, ...pieces].map((piece, id) => [piece, id < SPECIAL.length ? 0 : -1 - Math.fround(9 * next())]);
  }

  /** The score of the best way to cut a word: every way is tried, from the end. */
  function bestScore(word: readonly string[], scores: ReadonlyMap<string, number>, unknown: number): number {
    const best = [0];
    for (let end = 1; end <= word.length; end++) {
      best[end] = Number.NEGATIVE_INFINITY;
      for (let start = 0; start < end; start++) {
        const piece = word.slice(start, end).join("");
        const score = scores.get(piece) ?? (end === start + 1 ? unknown : Number.NEGATIVE_INFINITY);
        best[end] = Math.max(best[end]!, best[start]! + score);
      }
    }
    return best.at(-1)!;
  }

  test("finds the most probable way to cut every word", () => {
    const next = mulberry32(1);
    for (let round = 0; round < 40; round++) {
      const pieces = vocabulary(next);
      const tokenizer = new XLMRobertaTokenizerFast(preparePieces(pieces));
      const scores = new Map(pieces.slice(SPECIAL.length));
      const unknown = Math.min(...pieces.map(([, score]) => score)) - 10;
      const text = randomText(next, 1 + Math.floor(next() * 30));
      const { tokens, offset_mapping } = tokenizer.encodePlus(text, { addSpecialTokens: false });
      // Unknown characters side by side are one token.
      const own = tokens.reduce(
        (sum, token, i) =>
          sum +
          (scores.get(token) ?? unknown * Array.from(text.slice(...(offset_mapping[i] as [number, number]))).length),
        0,
      );
      expect(own).toBeCloseTo(bestScore(["▁", ...text], scores, unknown), 4);
    }
  });

  test("knows every piece, and no other", () => {
    const next = mulberry32(2);
    const pieces = vocabulary(next);
    const table = new Pieces(preparePieces(pieces));
    for (const [id, [piece]] of pieces.entries()) expect([table.id(piece), table.token(id)]).toEqual([id, piece]);
    const known = new Set(pieces.map(([piece]) => piece));
    for (let i = 0; i < 500; i++) {
      const text = randomText(next, 1 + Math.floor(next() * 5));
      expect(table.id(text) !== undefined).toBe(known.has(text));
    }
    expect([table.id(""), table.token(1000), table.count]).toEqual([undefined, undefined, pieces.length]);
  });

  test("of equal pieces the last has the text", () => {
    const table = new Pieces(
      preparePieces([
        ["a", -1],
        ["a", -2],
      ]),
    );
    expect([table.id("a"), table.token(0), table.count]).toEqual([1, "a", 1]);
  });

  test("is read again from its own files", async () => {
    const tokenizer = new XLMRobertaTokenizerFast(preparePieces(vocabulary(mulberry32(3))), undefined, {
      normalizer: [{ type: "NFKD" }, { type: "Replace", pattern: { Regex: " {2,}" }, content: " " }],
      modelMaxLength: 12,
    });
    const again = await XLMRobertaTokenizerFast.fromPretrained(Object.fromEntries(tokenizer.toFiles()));
    const text = "ab  жé<mask> 北ca";
    expect(again.encodePlus(text, { padding: "max_length", truncation: true })).toEqual(
      tokenizer.encodePlus(text, { padding: "max_length", truncation: true }),
    );
  });

  test("is refused without pieces, with one that is too long, or another table", async () => {
    await expectError(() => preparePieces([]), "invalid_checkpoint", "the vocabulary is empty");
    await expectError(() => preparePieces([["a".repeat(256), 0]]), "invalid_checkpoint", "more than 255 bytes");
    await expectError(() => new Pieces(new Int32Array(8)), "invalid_checkpoint", "layout");
  });

  test.each<[string, object, string]>([
    ["another pre-tokenizer", { pre_tokenizer: { type: "Whitespace" } }, "pre_tokenizer"],
    ["a step that is not known", { normalizer: { type: "NFKC" } }, "normalizer"],
    [
      "an unknown token without a piece",
      { model: { type: "Unigram", unk_id: 9, vocab: [["<s>", 0]] } },
      "unknown token 9",
    ],
  ])("is refused with %s", async (_, part, message) => {
    const json = { pre_tokenizer: { type: "Metaspace" }, model: { type: "Unigram", unk_id: 0, vocab: [["<unk>", 0]] } };
    const bytes = new TextEncoder().encode(JSON.stringify({ ...json, ...part }));
    await expectError(
      () => XLMRobertaTokenizerFast.fromPretrained({ "tokenizer.json": bytes }),
      "invalid_checkpoint",
      message,
    );
  });
});

describe("a byte-level BPE", () => {
  /** Merges of random tokens, each of two that are there. */
  function randomBpe(next: () => number): { tokens: string[]; merges: [string, string][] } {
    const tokens = [...SPECIAL, ...BYTE_CHARS];
    const merges: [string, string][] = [];
    const joinable = Array.from(new TextEncoder().encode(ALPHABET.join("")), (byte) => BYTE_CHARS[byte]!);
    while (merges.length < 40) {
      const [left, right] = [0, 1].map(() => joinable[Math.floor(next() * joinable.length)]!) as [string, string];
      if (tokens.includes(left + right)) continue;
      merges.push([left, right]);
      tokens.push(left + right);
      joinable.push(left + right);
    }
    return { tokens, merges };
  }

  /** Joins the first pair of the lowest rank until there is none. */
  function joinPlainly(word: string, merges: readonly (readonly [string, string])[]): string[] {
    const symbols = Array.from(new TextEncoder().encode(word), (byte) => BYTE_CHARS[byte]!);
    for (;;) {
      const ranks = symbols.slice(1).map((right, i) => merges.findIndex(([a, b]) => a === symbols[i] && b === right));
      const best = Math.min(...ranks.filter((rank) => rank >= 0));
      if (!Number.isFinite(best)) return symbols;
      const at = ranks.indexOf(best);
      symbols.splice(at, 2, symbols[at]! + symbols[at + 1]!);
    }
  }

  test("joins pairs in order of rank", () => {
    const next = mulberry32(4);
    for (let round = 0; round < 40; round++) {
      const { tokens, merges } = randomBpe(next);
      const { vocabulary, merges: prepared } = prepareBpe({ tokens, merges });
      const tokenizer = new RobertaTokenizerFast(vocabulary, prepared);
      const word = randomText(next, 1 + Math.floor(next() * 20)).replaceAll("😀", "");
      expect(tokenizer.tokenize(word)).toEqual(word === "" ? [] : joinPlainly(word, merges));
    }
  });

  test("takes time in proportion to a word's length", () => {
    const { vocabulary, merges } = prepareBpe(randomBpe(mulberry32(5)));
    const tokenizer = new RobertaTokenizerFast(vocabulary, merges);
    expect(tokenizer.encode("ab".repeat(100_000), { addSpecialTokens: false }).length).toBeGreaterThan(0);
  });

  test("is read again from its own files", async () => {
    const { vocabulary, merges } = prepareBpe(randomBpe(mulberry32(6)));
    const tokenizer = new RobertaTokenizerFast(vocabulary, merges, { addPrefixSpace: true, trimOffsets: false });
    const files = Object.fromEntries(tokenizer.toFiles());
    const text = "ab жé<mask> 北😀ca";
    const { "tokenizer.json": _, ...plain } = files;
    for (const source of [files, plain]) {
      const again = await RobertaTokenizerFast.fromPretrained(source);
      expect(again.encodePlus(text)).toEqual(tokenizer.encodePlus(text));
    }
  });

  test("writes bytes that are not UTF-8 as U+FFFD", () => {
    expect(fromByteChars(["Ġ", "Ã", "©", "x", "Ã"])).toBe(" éx\ufffd");
    expect(fromByteChars(["北"])).toBe("北");
  });

  test("is refused with a merge of tokens that are not there, or that is none", async () => {
    await expectError(
      () => prepareBpe({ tokens: ["a"], merges: [["a", "b"]] }),
      "invalid_checkpoint",
      "merge 0 needs b",
    );
    const encode = (text: string) => new TextEncoder().encode(text);
    await expectError(
      () => RobertaTokenizerFast.fromPretrained({ "vocab.json": encode("{}"), "merges.txt": encode("a b c\n") }),
      "invalid_checkpoint",
      '"a b c" is not a merge of two tokens',
    );
    await expectError(() => RobertaTokenizerFast.fromPretrained({}), "not_found", "merges.txt");
  });

  test("does not take BERT's options", async () => {
    const { vocabulary, merges } = prepareBpe(randomBpe(mulberry32(7)));
    const options = { doLowerCase: true } as object;
    const message = "doLowerCase: unknown key; the known keys are unkToken";
    await expectError(() => new RobertaTokenizerFast(vocabulary, merges, options), "invalid_config", message);
  });
});

test.each(["roberta", "albert"])("the packed tokenizer of %s gives the same tokens", async (name) => {
  const folder = `test/goldens/tokenizer-relatives/${name}`;
  const names = ["tokenizer.json", "tokenizer_config.json"];
  const files = Object.fromEntries(
    await Promise.all(names.map(async (file) => [file, (await readFixture(`${folder}/${file}`))!] as const)),
  );
  const { config, tables } = (await packTokenizer(files))!;
  const packed = unpackTokenizer(JSON.parse(JSON.stringify(config)), tables)!;
  const { readAnyTokenizer } = await import("../../src/tokenizer/tokenizer.ts");
  const read = await readAnyTokenizer(files);
  const text = "Hello, wörld! “Quoted”, 北京 😀 — it's e\u0301";
  expect(packed.encodePlus([text, "two"])).toEqual(read.encodePlus([text, "two"]));
  expect(packed.options).toEqual(read.options);
});
