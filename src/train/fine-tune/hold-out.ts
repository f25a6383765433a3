// Examples that training does not see, so that their loss tells when to stop.
import { BertletError } from "../../errors.ts";
import { mulberry32, shuffle } from "../../random.ts";

export interface HeldOut {
  /** Indices of the examples that are trained on, and of those that are not, in their order. */
  readonly trained: readonly number[];
  readonly held: readonly number[];
}

/**
 * Holds back `share` of the examples of each label: one at least, but so that `least` of them stay.
 * @param labels the label of each example
 * @param least how many examples of a label training needs
 * @throws BertletError `invalid_input` where no label has an example to spare
 * @example
 * holdOut(["a", "a", "a", "b", "b", "b"], 0.3, 1, 7).held; // [0, 4], and the like
 */
export function holdOut(labels: readonly string[], share: number, least: number, seed: number): HeldOut {
  const random = mulberry32(seed);
  const byLabel = Map.groupBy(labels.keys(), (index) => labels[index]!);
  const held = new Set<number>();
  for (const indices of byLabel.values()) {
    const count = Math.min(Math.max(1, Math.round(share * indices.length)), indices.length - least);
    for (const index of shuffle([...indices], random).slice(0, Math.max(0, count))) held.add(index);
  }
  if (held.size === 0)
    throw new BertletError("invalid_input", `no label has more than ${least} examples, so none can be held out`);
  const all = [...labels.keys()];
  return { trained: all.filter((index) => !held.has(index)), held: all.filter((index) => held.has(index)) };
}
