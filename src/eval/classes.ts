// What a confusion matrix says, as scikit-learn has it.
import { ratio } from "./ratio.ts";

export interface ClassScores {
  readonly accuracy: number;
  /** The mean recall of the labels that occur. */
  readonly balanced_accuracy: number;
  /** The mean F1 of the labels that occur, among the examples or the answers. */
  readonly macro_f1: number;
  /** The same, each label weighted by its examples. */
  readonly weighted_f1: number;
  /** Matthews' correlation: 1 for no mistake, 0 for guessing. */
  readonly matthews: number;
}

/** @param confusion [K][K]: how often examples of a label (row) were given another (column) */
export function scoreClasses(confusion: readonly (readonly number[])[]): ClassScores {
  const labels = confusion.map((row, k) => ({
    examples: sum(row),
    answers: sum(confusion.map((other) => other[k]!)),
    hits: row[k]!,
  }));
  const all = sum(labels.map(({ examples }) => examples));
  const right = sum(labels.map(({ hits }) => hits));
  const present = labels.filter(({ examples }) => examples > 0);
  const occurring = labels.filter(({ examples, answers }) => examples + answers > 0);
  const f1 = ({ hits, examples, answers }: (typeof labels)[number]) => ratio(2 * hits, examples + answers);
  const products = sum(labels.map(({ examples, answers }) => examples * answers));
  const squares = (name: "examples" | "answers") => all * all - sum(labels.map((label) => label[name] ** 2));
  return {
    accuracy: ratio(right, all),
    balanced_accuracy: ratio(sum(present.map(({ hits, examples }) => hits / examples)), present.length),
    macro_f1: ratio(sum(occurring.map(f1)), occurring.length),
    weighted_f1: ratio(sum(labels.map((label) => f1(label) * label.examples)), all),
    matthews: ratio(right * all - products, Math.sqrt(squares("examples") * squares("answers"))),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
