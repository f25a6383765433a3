// Parts of labelled examples that are held back in turn.
import { mulberry32, shuffle } from "../random.ts";

/**
 * Deals the examples into folds so that every label is spread over all of them.
 * @param labels [N]: examples with the same key are dealt in turn
 * @returns [N]: the fold of each example
 * @example
 * stratifiedFolds(["a", "a", "b", "b"], 2, 7); // [0, 1, 0, 1] or [1, 0, 1, 0], and the like
 */
export function stratifiedFolds(labels: readonly (string | number)[], folds: number, seed: number): Int32Array {
  const random = mulberry32(seed);
  const places = new Map<string | number, number[]>();
  for (const [index, label] of labels.entries()) {
    const list = places.get(label);
    if (list) list.push(index);
    else places.set(label, [index]);
  }
  const assigned = new Int32Array(labels.length);
  // The next label goes on where the one before ended, so that folds have the same size.
  let next = 0;
  for (const list of places.values()) {
    shuffle(list, random);
    for (const index of list) assigned[index] = next++ % folds;
  }
  return assigned;
}
