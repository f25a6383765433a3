// A tokenizer is put together from parts, and its scanner sees every text once.
import { expect, test } from "vitest";
import { FAST } from "../../src/tokenizer/conventions.ts";
import { resolveTokenizerOptions } from "../../src/tokenizer/options.ts";
import type { Scanner } from "../../src/tokenizer/scanners/scanner.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer-core.ts";
import { prepareVocabulary, Vocabulary } from "../../src/tokenizer/vocabulary.ts";

const vocabulary = new Vocabulary(prepareVocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b"]));

/** A scanner that makes a token of each character, and remembers what it was given. */
function tokenizerOf(seen: string[]): Tokenizer {
  return new Tokenizer({
    vocabulary,
    options: resolveTokenizerOptions({}),
    resolve: resolveTokenizerOptions,
    write: () => new Map(),
    makeScanner: (_, { idOf }): Scanner => ({
      scan(text, from, to, out) {
        seen.push(text.slice(from, to));
        for (let at = from; at < to; at++) {
          out.push(idOf(text[at]!), at, at + 1);
          out.wordCount++;
        }
      },
    }),
    decoder: { type: "WordPiece", prefix: "##", cleanup: false },
    conventions: FAST,
  });
}

test("a tokenizer of a scanner of one's own has everything else", () => {
  const tokenizer = tokenizerOf([]);
  expect(tokenizer.encode(["ab", "ba"], { maxLength: 6 })).toEqual([2, 4, 3, 5, 4, 3]);
  expect(tokenizer.encodePlus("ab").offset_mapping).toEqual([
    [0, 0],
    [0, 1],
    [1, 2],
    [0, 0],
  ]);
  expect(tokenizer.withTruncationSide("left").encode("ab", { maxLength: 3 })).toEqual([2, 5, 3]);
  expect(tokenizer.decode([4, 5])).toBe("a b");
});

test("rows of split texts are made without scanning again", () => {
  const seen: string[] = [];
  const tokenizer = tokenizerOf(seen);
  const sequences = tokenizer.split(["ab", "ba", "aabb"]);
  tokenizer.assemble(sequences, [{ first: 0, second: 2 }, { first: 1, second: 2 }, { first: 2 }]);
  tokenizer.assemble(sequences, [{ first: 2 }], { maxLength: 3, stride: 0, returnOverflowingTokens: true });
  expect(seen).toEqual(["ab", "ba", "aabb"]);
});

test("encodeBatch scans each text once", () => {
  const seen: string[] = [];
  tokenizerOf(seen).encodeBatch([["a", "b"], "ab"], { maxLength: 4 });
  expect(seen).toEqual(["a", "b", "ab"]);
});
