// Token scores to entities, where the real model's answers do not reach: windows that disagree, words that fold to another length.

import { describe, expect, test } from "vitest";
import {
  type AggregationOptions,
  type AggregationStrategy,
  type Entity,
  mergeWindows,
  type Tagger,
  tokenEntities,
} from "../../src/heads/entities.ts";
import { Tokenization } from "../../src/heads/tokenization.ts";
import { Tensor } from "../../src/tensor.ts";
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
  aggregationStrategy: AggregationStrategy | undefined,
  options: AggregationOptions = {},
  tagger: Partial<Tagger> = {},
): Entity[] {
  const { encoding, rows } = new Tokenization({ tokenizer, maxLength: 32 }).encode([text]);
  const [row] = rows[0]!;
  const padding = LABELS.map(() => 1 / LABELS.length);
  const logits = [padding, ...probabilities, padding].flat().map((p) => Math.log(p + 1e-9));
  expect(probabilities).toHaveLength(row!.to - row!.from - 2);
  const tensor = new Tensor("float32", Float32Array.from(logits), [row!.to, LABELS.length]);
  return tokenEntities({ text, encoding, row: row!, logits: tensor }, { labels: LABELS, ...tagger }, tokenizer, {
    aggregationStrategy,
    wordForm: "tokens",
    ...options,
  });
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

test("the word of an entity is the text as written, unless the tokens are asked for", () => {
  const x = [0, 1, 0, 0, 0];
  const i = [0, 0, 1, 0, 0];
  const asWritten = entitiesOf("Café CAFE", [x, i], "simple", { wordForm: "text" });
  expect(asWritten).toMatchObject([{ word: "Café CAFE", start: 0, end: 9 }]);
  expect(entitiesOf("Café CAFE", [x, i], "simple")).toMatchObject([{ word: "cafe cafe" }]);
});

describe("a label with several hyphens", () => {
  const labels = ["O", "B-tax-percent", "I-tax-percent", "tax-rate", "I-Y"];
  const b = [0, 1, 0, 0, 0];
  const i = [0, 0, 1, 0, 0];

  test.each(["simple", "first", "average", "max"] as const)("keeps all but its prefix: %s", (strategy) => {
    expect(entitiesOf("cafe cafe", [b, i], strategy, {}, { labels })).toMatchObject([{ entity_group: "tax-percent" }]);
    expect(entitiesOf("cafe", [b], strategy, { ignoreLabels: ["tax-percent"] }, { labels })).toEqual([]);
  });

  test("loses what stands before its first hyphen where it has no prefix, as in the reference", () => {
    expect(entitiesOf("cafe", [[0, 0, 0, 1, 0]], "simple", {}, { labels })).toMatchObject([{ entity_group: "rate" }]);
  });
});

describe("a head's own settings", () => {
  const half = [0.4, 0.6, 0, 0, 0];

  test("say how tokens become entities where the options do not", () => {
    const settings = { default_aggregation: "first" } as const;
    expect(entitiesOf("playinger", [half, half, half], undefined, {}, settings)).toMatchObject([{ entity_group: "X" }]);
    expect(entitiesOf("playinger", [half, half, half], "simple", {}, settings)).toHaveLength(3);
    expect(entitiesOf("cafe", [half], undefined)).toMatchObject([{ entity: "B-X" }]);
  });

  test.each(["none", "simple", "first"] as const)(
    "leave out entities below the threshold of their label: %s",
    (strategy) => {
      const thresholds = [0, 0.7, 0.7, 0.5, 0.5];
      expect(entitiesOf("cafe", [half], strategy, {}, { thresholds })).toEqual([]);
      expect(entitiesOf("cafe", [half], strategy, { minScore: 0.55 }, { thresholds })).toHaveLength(1);
      expect(entitiesOf("cafe", [half], strategy, { minScore: 0.65 })).toEqual([]);
      expect(entitiesOf("cafe", [[0.4, 0, 0, 0.6, 0]], strategy, {}, { thresholds })).toHaveLength(1);
    },
  );

  test("make scores as sure as the temperature says", () => {
    const [cold] = entitiesOf("cafe", [[0.2, 0.8, 0, 0, 0]], "simple", {}, { temperature: 2 });
    expect(cold!.score).toBeCloseTo(2 / 3, 3);
  });
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
