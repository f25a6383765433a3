// Heads of several labels and of numbers, measured as heads of one label are while they are trained: on folds that are held back in turn.
import { evaluateLabels, type LabelsReport } from "./evaluate-labels.ts";
import { evaluateNumbers, type NumbersReport } from "./evaluate-numbers.ts";
import { stratifiedFolds } from "./folds.ts";
import { fitMultiLabel, fitRegression, type LinearHead, logitsOf, pickVectors, type Vectors } from "./linear-head.ts";
import type { Example } from "./train-head.ts";

export interface MeasureOptions {
  readonly strength: number;
  readonly folds: number;
  readonly seed: number;
}

/**
 * @param examples two or more
 * @param names the labels of the head
 */
export function measureLabels(
  vectors: Vectors,
  examples: readonly Example[],
  names: readonly string[],
  options: MeasureOptions,
): LabelsReport {
  const K = names.length;
  const targets = targetsOf(examples, names);
  const keys = examples.map(({ label }) => JSON.stringify(label));
  const logits = heldBackLogits(vectors, K, stratifiedFolds(keys, options.folds, options.seed), (kept) =>
    fitMultiLabel(
      pickVectors(vectors, kept),
      Uint8Array.from(kept.flatMap((n) => [...targets.subarray(n * K, (n + 1) * K)])),
      K,
      options,
    ),
  );
  return evaluateLabels(logits, targets, names);
}

/** @param examples two or more */
export function measureNumbers(vectors: Vectors, examples: readonly Example[], options: MeasureOptions): NumbersReport {
  const targets = Float64Array.from(examples, ({ label }) => Number(label));
  const keys = examples.map(() => "");
  const logits = heldBackLogits(vectors, 1, stratifiedFolds(keys, options.folds, options.seed), (kept) =>
    fitRegression(
      pickVectors(vectors, kept),
      Float64Array.from(kept, (n) => targets[n]!),
      options,
    ),
  );
  return evaluateNumbers(logits, targets);
}

/** [N][K]: ones for the labels that an example has. */
export function targetsOf(examples: readonly Example[], names: readonly string[]): Uint8Array {
  const targets = new Uint8Array(examples.length * names.length);
  for (const [n, { label }] of examples.entries())
    for (const name of [label].flat()) targets[n * names.length + names.indexOf(String(name))] = 1;
  return targets;
}

/** [N][K]: the logits of each example by the head of the others' folds. */
function heldBackLogits(
  vectors: Vectors,
  K: number,
  folds: Int32Array,
  fit: (kept: readonly number[]) => LinearHead,
): Float32Array {
  const logits = new Float32Array(folds.length * K);
  for (const fold of new Set(folds)) {
    const [kept, held]: [number[], number[]] = [[], []];
    for (const [index, own] of folds.entries()) (own === fold ? held : kept).push(index);
    const found = logitsOf(pickVectors(vectors, held), fit(kept));
    for (const [at, index] of held.entries()) logits.set(found.subarray(at * K, (at + 1) * K), index * K);
  }
  return logits;
}
