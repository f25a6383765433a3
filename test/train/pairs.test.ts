// Pairs of labelled texts: how many of which kind, and what makes none.
import { describe, expect, test } from "vitest";
import { drawPairs } from "../../src/train/fine-tune/pairs.ts";
import { expectError } from "../expect-error.ts";

const LABELS = ["a", "a", "a", "b", "b", "c", "c", "c", "c"];
const ALL = [...LABELS.keys()];

describe("pairs", () => {
  test("are the same label's with 1 and different labels' with 0, in turn, and never a text with itself", () => {
    const pairs = drawPairs(LABELS, ALL, ALL, 200, 3);
    expect(pairs).toHaveLength(200);
    for (const [at, { first, second, cosine }] of pairs.entries()) {
      expect(cosine).toBe(at % 2 === 0 ? 1 : 0);
      expect(LABELS[first] === LABELS[second]).toBe(cosine === 1);
      expect(first).not.toBe(second);
    }
  });

  test("use every text equally often to begin with, positive and negative", () => {
    const pairs = drawPairs(LABELS, ALL, ALL, 2 * 5 * ALL.length, 1);
    for (const cosine of [0, 1])
      for (const index of ALL)
        expect(pairs.filter((pair) => pair.cosine === cosine && pair.first === index)).toHaveLength(5);
  });

  test("give every partner its turn", () => {
    const pairs = drawPairs(LABELS, ALL, ALL, 4000, 1);
    for (const first of ALL)
      for (const second of ALL)
        if (first !== second)
          expect(
            pairs.some((pair) => pair.first === first && pair.second === second),
            `${first}, ${second}`,
          ).toBe(true);
  });

  test("follow from the seed", () => {
    const draw = (seed: number) => drawPairs(LABELS, ALL, ALL, 20, seed);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test("join texts that begin them with the others alone", () => {
    const [anchors, partners] = [
      [0, 3],
      [1, 2, 4, 5],
    ];
    for (const { first, second } of drawPairs(LABELS, anchors!, partners!, 40, 1)) {
      expect(anchors).toContain(first);
      expect(partners).toContain(second);
    }
  });
});

test("a label with one example makes no pair, and neither does one label alone", async () => {
  const lonely = (count: number) => drawPairs(["a", "a", "b"], [0, 1, 2], [0, 1, 2], count, 0);
  // Whether its turn comes or not.
  for (const count of [1, 2, 6]) await expectError(() => lonely(count), "invalid_input", '"b" has one');
  await expectError(
    () => drawPairs(["a", "a"], [0, 1], [0, 1], 2, 0),
    "invalid_input",
    'all examples have the label "a"',
  );
});
