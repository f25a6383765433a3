// How far a score of some examples may be from that of others of their kind (Efron 1979).
import { mulberry32 } from "../random.ts";

export type Interval = readonly [low: number, high: number];

const ROUNDS = 1000;

/**
 * Where the score lies in 95 of 100 samples of the items, drawn with replacement; the same every time.
 * @param score of a sample
 */
export function bootstrapInterval<T>(items: readonly T[], score: (sample: readonly T[]) => number): Interval {
  const random = mulberry32(0);
  const scores = Array.from({ length: ROUNDS }, () =>
    score(items.map(() => items[Math.floor(random() * items.length)]!)),
  ).sort((a, b) => a - b);
  return [scores[Math.floor(0.025 * ROUNDS)]!, scores[Math.ceil(0.975 * ROUNDS) - 1]!];
}
