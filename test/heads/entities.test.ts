// Token scores to entities, where the real model's answers do not reach: windows that disagree, words that fold to another length.
import { Tensor } from "onnxruntime-common";
import { describe, expect, test } from "vitest";
import { type AggregationStrategy, type Entity, mergeWindows, tokenEntities } from "../../src/heads/entities.ts";
import { Tokenization } from "../../src/heads/tokenization.ts";
import { BertTokenizerFast } from "../../src/tokenizer/tokenizer.ts";

const LABELS = ["O", "B-X", "I-X", "B-Y", "I-Y"];
const VOCABULARY = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  "play",
  "##ing",
  "##er",
  "cafe",
  "한",
  "ᄒ",
  "##ᅡ",
  "##ᆫ",
  "is",
];
const tokenizer = BertTokenizerFast.fromVocabulary(VOCABULARY.join("\n"));

/** The entities of a text whose tokens have these probabilities, [CLS] and [SEP] aside. */
function entitiesOf(
  text: string,
  probabilities: readonly number[][],
  aggregationStrategy: AggregationStrategy,
): Entity[] {
  const { encoding, rows } = new Tokenization({ tokenizer, maxLength: 32 }).encode([text]);
  const [row] = rows[0]!;
  const padding = LABELS.map(() => 1 / LABELS.length);
  const logits = [padding, ...probabilities, padding].flat().map((p) => Math.log(p + 1e-9));
  expect(probabilities).toHaveLength(row!.to - row!.from - 2);
  const tensor = new Tensor("float32", Float32Array.from(logits), [row!.to, LABELS.length]);
  return tokenEntities({ text, encoding, row: row!, logits: tensor }, LABELS, tokenizer, { aggregationStrategy });
}

describe("a word of several pieces", () => {
  // The first piece says X, barely; the second Y, surely; the third is torn.
  const pieces = [
    [0.2, 0.45, 0, 0.35, 0],
    [0.01, 0.19, 0, 0.8, 0],
    [0.1, 0.45, 0, 0.45, 0],
  ];

  test.each<[AggregationStrategy, string, number]>([
    ["first", "X", 0.45],
    ["max", "Y", 0.8],
    ["average", "Y", 1.6 / 3],
  ])("has one label: %s", (strategy, entity_group, score) => {
    const [entity, ...none] = entitiesOf("PlayingER", pieces, strategy);
    expect(none).toEqual([]);
    expect(entity).toMatchObject({ entity_group, word: "playinger", start: 0, end: 9 });
    expect(entity!.score).toBeCloseTo(score, 5);
  });

  test("has as many as it likes: simple", () => {
    expect(entitiesOf("PlayingER", pieces, "simple")).toMatchObject([
      { entity_group: "X", word: "play", start: 0, end: 4 },
      { entity_group: "Y", word: "##ing", start: 4, end: 7 },
      { entity_group: "X", word: "##er", start: 7, end: 9 },
    ]);
  });
});

test("B- begins anew, I- goes on", () => {
  const b = [0, 1, 0, 0, 0];
  const i = [0, 0, 1, 0, 0];
  expect(entitiesOf("cafe cafe cafe", [b, i, b], "simple")).toMatchObject([
    { entity_group: "X", word: "cafe cafe", start: 0, end: 9 },
    { entity_group: "X", word: "cafe", start: 10, end: 14 },
  ]);
});

test("a piece is told by its length, as in the reference: a folded accent changes none, one written apart does", () => {
  const x = [0, 1, 0, 0, 0];
  const y = [0, 0, 0, 1, 0];
  expect(entitiesOf("is café", [x, y], "first")).toMatchObject([
    { entity_group: "X", word: "is" },
    { entity_group: "Y", word: "cafe", start: 3, end: 7 },
  ]);
  // Decomposed, the accent is a character of its own in the text and none in the token.
  expect(entitiesOf("is ca\u0301fe", [x, y], "first")).toMatchObject([
    { entity_group: "X", word: "is cafe", start: 0, end: 8 },
  ]);
});

test("an unknown word is the text's own, and begins anew", () => {
  const x = [0, 1, 0, 0, 0];
  expect(entitiesOf("is Ünknown", [x, x], "first")).toMatchObject([
    { word: "is" },
    { word: "Ünknown", start: 3, end: 10 },
  ]);
});

describe("windows that overlap", () => {
  const entity = (start: number, end: number, score: number) => ({ entity_group: "X", word: "", score, start, end });

  test("the longer entity stays, of equally long ones the surer", () => {
    const long = entity(0, 9, 0.1);
    expect(mergeWindows([entity(0, 4, 0.9), long])).toEqual([long]);
    expect(mergeWindows([long, entity(5, 9, 0.9)])).toEqual([long]);
    expect(mergeWindows([entity(2, 5, 0.5), entity(2, 5, 0.7), entity(2, 5, 0.6)])).toEqual([entity(2, 5, 0.7)]);
  });

  test("those that only touch both stay, in the text's order", () => {
    const [a, b] = [entity(0, 4, 0.5), entity(4, 6, 0.5)];
    expect(mergeWindows([b, a])).toEqual([a, b]);
  });
});
