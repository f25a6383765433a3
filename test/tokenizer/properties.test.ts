// Properties of every text: offsets point back into it, all ways to encode agree, and the work is linear in its length.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { normalizeText } from "../../src/tokenizer/scanners/normalized-text.ts";
import { BertTokenizer, BertTokenizerFast } from "../../src/tokenizer/tokenizer.ts";
import { normalizerTable } from "../../src/tokenizer/unicode.ts";
import { Vocabulary } from "../../src/tokenizer/vocabulary.ts";
import { vocabulary } from "./vocabularies.ts";

let fast: BertTokenizerFast;
let cased: BertTokenizerFast;
let slow: BertTokenizer;

beforeAll(async () => {
  fast = new BertTokenizerFast(await vocabulary("uncased"));
  cased = new BertTokenizerFast(await vocabulary("cased"), { doLowerCase: false });
  slow = new BertTokenizer(await vocabulary("uncased"));
});

/** Any UTF-16, lone surrogates included, with much that the tokenizer treats specially. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.integer({ min: 0xd700, max: 0xe0ff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        "[MASK]",
        "[SEP]",
        "un",
        "believable",
        " ",
        "é",
        "한국",
        "中文",
        "İ",
        "ß",
        "👍🏽",
        "e\u0301",
        "\u200b",
        "don't",
      ),
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(""));

/** Assigned letters that are common, with spaces and punctuation. */
const plainText = fc.string({
  unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 .,;'()-éàüñÅçłßабвгдЖЩαβγΣέ中文日本"),
  maxLength: 60,
});

describe("offsets", () => {
  test("lie in order inside the text, and their slice holds the token", () => {
    const table = normalizerTable({ cleanText: true, tokenizeChineseChars: true, stripAccents: true, lowerCase: true });
    fc.assert(
      fc.property(anyText, (text) => {
        const { tokens, offset_mapping, special_tokens_mask } = fast.encodePlus(text);
        let before = 0;
        for (const [i, [start, end]] of offset_mapping.entries()) {
          if (special_tokens_mask[i] === 1) continue;
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          before = start;
          const token = tokens[i]!;
          if (fast.addedTokens.some(({ content }) => content === token)) continue;
          expect(normalizeText(text.slice(start, end), table).text).toContain(token.replace(/^##/, ""));
        }
      }),
    );
  });

  test("in code points are those in UTF-16 units, counted otherwise", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const units = fast.encodePlus(text).offset_mapping;
        const points = fast.encodePlus(text, { offsetUnit: "codepoint" }).offset_mapping;
        const count = (unit: number) => Array.from(text.slice(0, unit)).length;
        expect(points).toEqual(units.map(([start, end]) => [count(start), count(end)]));
      }),
    );
  });

  test("pieces of one word share its number, and words are numbered in order", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const words = fast.encodePlus(text, { addSpecialTokens: false }).word_ids;
        expect(words.every((word, i) => word === (words[i - 1] ?? 0) || word === (words[i - 1] ?? -1)! + 1)).toBe(true);
        expect(words[0] ?? 0).toBe(0);
      }),
    );
  });
});

describe("every way to encode agrees", () => {
  test("the ragged batch holds what each text gives alone", () => {
    const pair = fc.tuple(
      anyText,
      anyText.filter((text) => text !== ""),
    );
    const inputs = fc.array(fc.oneof(anyText, pair), { maxLength: 6 });
    const options = fc.record({
      maxLength: fc.integer({ min: 6, max: 20 }),
      offsetUnit: fc.constantFrom("utf16", "codepoint"),
    });
    fc.assert(
      fc.property(inputs, options, (texts, options) => {
        const ragged = fast.encodeBatch(texts, { ...options, returnOffsetsMapping: true });
        const single = texts.map((text) => fast.encodePlus(text, options));
        expect([...ragged.input_ids]).toEqual(single.flatMap((row) => row.input_ids));
        expect([...ragged.token_type_ids]).toEqual(single.flatMap((row) => row.token_type_ids));
        expect([...ragged.offset_mapping]).toEqual(single.flatMap((row) => row.offset_mapping.flat()));
        expect([...ragged.word_ids]).toEqual(single.flatMap((row) => row.word_ids.map((word) => word ?? -1)));
        expect([...ragged.sequence_ids]).toEqual(single.flatMap((row) => row.sequence_ids.map((text) => text ?? -1)));
        const lengths = single.map((row) => row.input_ids.length);
        expect([...ragged.row_starts]).toEqual([
          0,
          ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b)),
        ]);
        const withoutOffsets = fast.encodeBatch(texts, options);
        expect(withoutOffsets.input_ids).toEqual(ragged.input_ids);
        expect("offset_mapping" in withoutOffsets).toBe(false);
      }),
    );
  });

  test("truncation keeps the beginning, though it stops reading there", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 12 }), (text, maxLength) => {
        const whole = fast.encode(text, { addSpecialTokens: false });
        const ids = fast.encode(text, { maxLength });
        expect(ids).toEqual([fast.clsTokenId, ...whole.slice(0, maxLength - 2), fast.sepTokenId]);
      }),
    );
  });

  test("windows cover the text, each sharing `stride` tokens with the last", () => {
    fc.assert(
      fc.property(
        anyText,
        fc.integer({ min: 5, max: 9 }),
        fc.integer({ min: 0, max: 2 }),
        (text, maxLength, stride) => {
          const options = { maxLength, stride, returnOverflowingTokens: true, addSpecialTokens: false };
          const { input_ids: rows } = fast.batchEncodePlus([text], options);
          const [first, ...rest] = rows;
          expect([...first!, ...rest.flatMap((row) => row.slice(stride))]).toEqual(
            fast.encode(text, { addSpecialTokens: false }),
          );
        },
      ),
    );
  });

  test("decoding and encoding again changes nothing", () => {
    const plain = (tokenizer: BertTokenizerFast) =>
      new BertTokenizerFast(tokenizer.prepared, {
        ...tokenizer.options,
        decoderCleanup: false,
        cleanUpTokenizationSpaces: false,
      });
    for (const tokenizer of [plain(fast), plain(cased)]) {
      fc.assert(
        fc.property(anyText, (text) => {
          const ids = tokenizer.encode(text, { addSpecialTokens: false });
          expect(tokenizer.encode(tokenizer.decode(ids), { addSpecialTokens: false })).toEqual(ids);
        }),
      );
    }
  });

  test("ids and tokens convert into each other", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = fast.tokenize(text);
        const ids = fast.encode(text, { addSpecialTokens: false });
        expect(fast.convertTokensToIds(tokens)).toEqual(ids);
        expect(fast.convertIdsToTokens(ids)).toEqual(tokens);
      }),
    );
  });

  test("BertTokenizer and BertTokenizerFast agree on plain text", () => {
    fc.assert(
      fc.property(plainText, (text) => {
        expect(slow.tokenize(text)).toEqual(fast.tokenize(text));
      }),
    );
  });
});

describe("any string is taken", () => {
  test("lone surrogates count as U+FFFD", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(fast.encode(text)).toEqual(fast.encode(text.toWellFormed()));
        expect(slow.encode(text)).toEqual(slow.encode(text.toWellFormed()));
      }),
    );
    expect(fast.tokenize("un\ud83dbelievable")).toEqual(["unbelievable"]);
  });

  test("work grows no faster than the text", () => {
    const shapes = {
      "one word": "x",
      "words just short enough": `${"qz".repeat(50)} `,
      "openings of special tokens": "[MAS",
      punctuation: "[",
      ideographs: "中",
      syllables: "한",
      marks: "\u0301",
    };
    const original = Vocabulary.prototype.find;
    let steps = 0;
    Vocabulary.prototype.find = function (...args) {
      steps++;
      return original.apply(this, args);
    };
    try {
      for (const [name, part] of Object.entries(shapes)) {
        const [single, double] = [500_000, 1_000_000].map((length) => {
          steps = 0;
          fast.encodeBatch([part.repeat(length / part.length)]);
          return steps;
        });
        expect(double!, name).toBeLessThanOrEqual(2 * single! + 10);
        expect(double!, name).toBeLessThanOrEqual(20 * 1_000_000);
      }
      steps = 0;
      fast.encodeBatch(["x".repeat(1_000_000)]);
      expect(steps).toBeLessThan(5);
      fast.encodeBatch(["word ".repeat(200_000)], { maxLength: 128 });
      expect(steps).toBeLessThan(200);
    } finally {
      Vocabulary.prototype.find = original;
    }
  });
});
