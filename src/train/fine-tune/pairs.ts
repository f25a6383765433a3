// Pairs of texts by their labels, for a loss on cosines: half of them with the same label, which should be 1 apart in cosine, half with different
// ones, which should be 0.
import { BertletError } from "../../errors.ts";
import { mulberry32, shuffle } from "../../random.ts";

export interface Pair {
  /** Indices of the two texts. */
  readonly first: number;
  readonly second: number;
  /** The cosine that they should have: 1 for the same label, 0 for different ones. */
  readonly cosine: 0 | 1;
}

/**
 * Pairs of an anchor and a partner, positive and negative in turn. Every anchor is used as often as the others, in an order that the seed decides;
 * its partner is any with the same label, or any with another one, each as likely.
 * @param labels the label of each text
 * @param anchors indices of the texts that begin pairs
 * @param partners indices of the texts that end them; a text is no partner of itself
 * @throws BertletError `invalid_input` for an anchor that has no partner of its label, or of another
 * @example
 * drawPairs(["a", "a", "b", "b"], [0, 1, 2, 3], [0, 1, 2, 3], 8, 7); // four pairs with the cosine 1, four with 0
 */
export function drawPairs(
  labels: readonly string[],
  anchors: readonly number[],
  partners: readonly number[],
  count: number,
  seed: number,
): Pair[] {
  const random = mulberry32(seed);
  const [same, others] = [new Map<string, number[]>(), new Map<string, number[]>()];
  for (const label of new Set(anchors.map((index) => labels[index]!))) {
    same.set(
      label,
      partners.filter((index) => labels[index] === label),
    );
    others.set(
      label,
      partners.filter((index) => labels[index] !== label),
    );
  }
  const positives = anchorsInTurn(anchors, random);
  const negatives = anchorsInTurn(anchors, random);
  return Array.from({ length: count }, (_, at) => {
    const cosine = at % 2 === 0 ? 1 : 0;
    const first = (cosine ? positives : negatives)();
    const label = labels[first]!;
    const candidates = (cosine ? same : others).get(label)!;
    const second = partnerOf(first, candidates, random);
    if (second === undefined)
      throw new BertletError(
        "invalid_input",
        cosine
          ? `the label ${JSON.stringify(label)} has one example; pairs of the same label need two or more`
          : `all examples have the label ${JSON.stringify(label)}; pairs need two labels or more`,
      );
    return { first, second, cosine };
  });
}

/** Gives the anchors one after the other, in another order each time that all have been given. */
function anchorsInTurn(anchors: readonly number[], random: () => number): () => number {
  let order: number[] = [];
  return () => {
    if (order.length === 0) order = shuffle([...anchors], random);
    return order.pop()!;
  };
}

/** Any candidate but `first` itself, each as likely; undefined where there is none. */
function partnerOf(first: number, candidates: readonly number[], random: () => number): number | undefined {
  const own = candidates.indexOf(first);
  const drawn = Math.floor(random() * (candidates.length - (own < 0 ? 0 : 1)));
  return candidates[own < 0 || drawn < own ? drawn : drawn + 1];
}
