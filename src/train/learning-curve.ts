// How much more examples would help: the accuracy of heads of growing parts of the examples, on a part that none of them sees.
//
// Letters: N examples, K labels.
import { argmax } from "../heads/scores.ts";
import { stratifiedFolds } from "./folds.ts";
import { fitMultinomial, logitsOf, pickVectors, type Vectors } from "./linear-head.ts";

export interface CurvePoint {
  readonly examples: number;
  readonly accuracy: number;
}

export interface CurveOptions {
  readonly strength?: number | undefined;
  readonly seed?: number | undefined;
  readonly between?: (() => Promise<void>) | undefined;
}

// One fifth is measured on, as in five folds; the rest is dealt into parts, and every head has the parts of the one before, and more.
const FOLDS = 5;
const PARTS = 10;
const STEPS = [1, 2, 4, 7, PARTS];
// Beyond it, what is measured does not change.
const TOLERANCE = 3e-4;

/**
 * @param labels [N]
 * @returns points by growing number of examples; steps that would have as many examples as the one before are left out
 */
export async function learningCurve(
  vectors: Vectors,
  labels: Int32Array,
  K: number,
  { strength, seed = 0, between }: CurveOptions = {},
): Promise<CurvePoint[]> {
  const folds = stratifiedFolds(Array.from(labels), FOLDS, seed);
  const held = [...labels.keys()].filter((index) => folds[index] === 0);
  const kept = [...labels.keys()].filter((index) => folds[index] !== 0);
  const parts = stratifiedFolds(
    kept.map((index) => labels[index]!),
    PARTS,
    seed,
  );
  const measured = pickVectors(vectors, held);
  const points: CurvePoint[] = [];
  for (const step of STEPS) {
    const own = kept.filter((_, at) => parts[at]! < step);
    const seen = Int32Array.from(own, (index) => labels[index]!);
    if (held.length === 0 || own.length === (points.at(-1)?.examples ?? 0)) continue;
    const head = await fitMultinomial(pickVectors(vectors, own), seen, K, { strength, between, tolerance: TOLERANCE });
    const logits = logitsOf(measured, head);
    const hits = held.filter((index, at) => argmax(logits.subarray(at * K, (at + 1) * K)) === labels[index]).length;
    points.push({ examples: own.length, accuracy: hits / held.length });
  }
  return points;
}
