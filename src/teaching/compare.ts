// Two versions of a head on the same examples. A version is asked as if it had not seen an example: by its answer while the example was held
// back, or, for examples that came later, by its weights.
import { BertletError } from "../errors.ts";
import { argmax } from "../heads/scores.ts";
import { logitsOf, pickVectors, type Vectors } from "../train/linear-head.ts";
import type { HeadTables, TaughtExample, VersionRow } from "./tables.ts";

export interface Comparison {
  readonly examples: number;
  readonly first: { readonly version: number; readonly accuracy: number };
  readonly second: { readonly version: number; readonly accuracy: number };
  /** Examples that only the second, and only the first, answers right. */
  readonly better: number;
  readonly worse: number;
  /** The first of those that only one answers right. */
  readonly differences: readonly {
    readonly text: string;
    readonly label: string;
    readonly first: string;
    readonly second: string;
  }[];
}

const MOST_DIFFERENCES = 50;

/**
 * @param newest how many of the newest examples are compared; all when left out
 * @throws BertletError `conflict` for versions that another model has taught than the examples' vectors come from
 */
export function compareVersions(
  tables: HeadTables,
  name: string,
  first: VersionRow,
  second: VersionRow,
  newest = Number.POSITIVE_INFINITY,
): Comparison {
  if (first.model !== second.model)
    throw new BertletError(
      "conflict",
      `versions ${first.version} and ${second.version} were taught to different models`,
    );
  const H = tables.bytes(name, first.version, "weight").byteLength / 4 / first.spec.labels.length;
  const all = tables.taughtExamples(name, first.model, H);
  const from = Math.max(0, all.examples.length - newest);
  const examples = all.examples.slice(from);
  const vectors = { values: all.vectors.values.subarray(from * H), width: H };
  const [one, two] = [first, second].map((version) => answersOf(tables, name, version, examples, vectors));
  const differences = examples.flatMap(({ text, label }, i) => {
    const [a, b] = [one![i]!, two![i]!];
    return (a === label) === (b === label) ? [] : [{ text, label, first: a, second: b }];
  });
  const accuracy = (answers: readonly string[]) =>
    examples.filter(({ label }, i) => answers[i] === label).length / Math.max(1, examples.length);
  const better = differences.filter(({ label, second }) => second === label).length;
  return {
    examples: examples.length,
    first: { version: first.version, accuracy: accuracy(one!) },
    second: { version: second.version, accuracy: accuracy(two!) },
    better,
    worse: differences.length - better,
    differences: differences.slice(0, MOST_DIFFERENCES),
  };
}

function answersOf(
  tables: HeadTables,
  name: string,
  { version, spec }: VersionRow,
  examples: readonly TaughtExample[],
  vectors: Vectors,
): string[] {
  const f32 = (kind: "weight" | "bias") => new Float32Array(tables.bytes(name, version, kind));
  const head = { weight: f32("weight"), bias: f32("bias") };
  const pairs = new Int32Array(tables.bytes(name, version, "answers"));
  const heldBack = new Map<number, number>();
  for (let i = 0; i < pairs.length; i += 2) heldBack.set(pairs[i]!, pairs[i + 1]!);
  return examples.map(({ place }, i) => {
    const answer = heldBack.get(place) ?? argmax(logitsOf(pickVectors(vectors, [i]), head));
    return spec.labels[answer]!;
  });
}
