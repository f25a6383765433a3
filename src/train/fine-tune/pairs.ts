// Pairs of texts by their labels, for a loss on cosines: half of them with the same label, which should be 1, half with different ones,
// which should be 0.
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
  const [same, others] = candidatesOf(labels, anchors, partners);
  const positives = inTurn(anchors, random);
  const negatives = inTurn(anchors, random);
  return Array.from({ length: count }, (_, at) => {
    const cosine = at % 2 === 0 ? 1 : 0;
    const first = (cosine ? positives : negatives)();
    const candidates = (cosine ? same : others).get(labels[first]!)!;
    return { first, second: partnerOf(first, candidates, random), cosine };
  });
}

type ByLabel = ReadonlyMap<string, readonly number[]>;

/** The partners with each label of the anchors, and those with other labels. */
function candidatesOf(
  labels: readonly string[],
  anchors: readonly number[],
  partners: readonly number[],
): readonly [same: ByLabel, others: ByLabel] {
  const names = [...new Set(anchors.map((index) => labels[index]!))];
  const that = (fits: (label: string, name: string) => boolean): ByLabel =>
    new Map(names.map((name) => [name, partners.filter((index) => fits(labels[index]!, name))]));
  const same = that((label, name) => label === name);
  const others = that((label, name) => label !== name);
  const known = new Set(partners);
  for (const index of anchors) {
    const label = labels[index]!;
    if (same.get(label)!.length < (known.has(index) ? 2 : 1))
      throw invalid(`the label ${JSON.stringify(label)} has one example; pairs of the same label need two or more`);
    if (others.get(label)!.length === 0)
      throw invalid(`all examples have the label ${JSON.stringify(label)}; pairs need two labels or more`);
  }
  return [same, others];
}

/** Gives the items one after the other, in another order each time that all have been given. */
function inTurn(items: readonly number[], random: () => number): () => number {
  let order: number[] = [];
  return () => {
    if (order.length === 0) order = shuffle([...items], random);
    return order.pop()!;
  };
}

/** Any candidate but `first` itself, each as likely. */
function partnerOf(first: number, candidates: readonly number[], random: () => number): number {
  const own = candidates.indexOf(first);
  const drawn = Math.floor(random() * (candidates.length - (own < 0 ? 0 : 1)));
  return candidates[own < 0 || drawn < own ? drawn : drawn + 1]!;
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}
