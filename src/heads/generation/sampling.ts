// Sampling one token from its scores: temperature, then the `topK` likeliest, then those of `topP` and `minP`, in the reference's order.
import { mulberry32 } from "../../random.ts";
import { topIndices, toScores } from "../scores.ts";
import type { GenerationOptions } from "./options.ts";

/** A token from its scores [V]. */
export type Choose = (scores: Float32Array) => number;

/** Samples with one sequence of random numbers. */
export function sampler({ temperature = 1, topK = 50, topP = 1, minP = 0, seed = 0 }: GenerationOptions): Choose {
  const random = mulberry32(seed);
  return (scores) => {
    const ids = topIndices(scores, topK === 0 ? scores.length : topK);
    const scaled = Float32Array.from(ids, (id) => scores[id]! / temperature);
    const probabilities = toScores(scaled, "softmax");
    const kept = countKept(probabilities, topP, minP);
    const mass = probabilities.subarray(0, kept).reduce((sum, probability) => sum + probability, 0);
    let rest = random() * mass;
    for (let i = 0; i < kept; i++) {
      rest -= probabilities[i]!;
      if (rest < 0) return ids[i]!;
    }
    return ids[kept - 1]!;
  };
}

/** How many of the probabilities, largest first, are sampled from: at least one. */
function countKept(probabilities: Float32Array, topP: number, minP: number): number {
  let kept = 0;
  let mass = 0;
  do mass += probabilities[kept++]!;
  while (kept < probabilities.length && mass < topP && probabilities[kept]! >= minP * probabilities[0]!);
  return kept;
}
