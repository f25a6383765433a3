// A typed question about a state, whichever interface it came by: yes or no, one of several options, or a level on a scale. Its name and its
// neighbours are no part of it.
import { argmax } from "../../heads/scores.ts";

export interface Option {
  /** What the answer calls it. */
  readonly name: string;
  /** What it means, for a choice by meaning; undefined where there is nothing beside the name. */
  readonly description: string | undefined;
}

/** The classifier that answers a question, by its name, and its label for each option; an option's own name when left out. */
export interface HeadChoice {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

export interface Question {
  readonly kind: "yes-no" | "choice" | "score";
  readonly instructions: string;
  /** `true` and `false` of a yes-no question; the levels of a scale in their order. */
  readonly options: readonly Option[];
  /** The head that answers; one whose labels are the options, or meaning alone, when left out. */
  readonly head: HeadChoice | undefined;
}

/**
 * What a question asks, as a text: equal for questions that ask the same of a state, whichever interface they came by. The order of a choice's
 * options, their descriptions and the question's name are no part of it.
 *
 * @example
 * questionKey({ kind: "choice", instructions: "", options: [{ name: "b" }, { name: "a" }] }); // '["choice","",["a","b"]]'
 */
export function questionKey({
  kind,
  instructions,
  options,
}: Pick<Question, "kind" | "instructions" | "options">): string {
  const asked = instructions.trim();
  if (kind === "choice") return JSON.stringify([kind, asked, options.map(({ name }) => name).toSorted()]);
  // The sides of a yes-no question are often all that it says.
  return JSON.stringify([kind, asked, options.map(meaningOf)]);
}

/** The label of the head that answers, for an option. */
export function labelOf({ labels }: HeadChoice, { name }: Option): string {
  return labels.get(name) ?? name;
}

/** The label of an option in examples that teach its question: a level's place on its scale, or the option's name. */
export function taughtLabel({ kind, options }: Pick<Question, "kind" | "options">, option: Option): string {
  return kind === "score" ? String(options.indexOf(option)) : option.name;
}

/** What a level, or a side, stands for. */
function meaningOf({ name, description }: Option): string {
  return description ?? name;
}

export interface Decision {
  /** By option. They sum to 1. */
  readonly probabilities: readonly number[];
  /** `head:<name>`, `taught:<name>`, `zero-shot` or `upstream`. */
  readonly source: string;
  /** Where the edge was not certain: why the large model behind it did not answer. */
  readonly unconfirmed?: string;
}

/** How far the most probable option is above chance: 0 where all are equal, 1 where it is certain. System One, §4.5. */
export function choiceConfidence(probabilities: readonly number[]): number {
  const n = probabilities.length;
  return n < 2 ? 1 : (Math.max(...probabilities) - 1 / n) / (1 - 1 / n);
}

/** 1 less the mean distance from the most probable level, in units of the distance that equal levels have. System One, §4.5. */
export function scoreConfidence(probabilities: readonly number[]): number {
  const n = probabilities.length;
  if (n < 2) return 1;
  const mode = argmax(probabilities);
  const spread = probabilities.reduce((sum, p, level) => sum + p * Math.abs(level - mode), 0);
  const uniform = probabilities.reduce((sum, _, level) => sum + Math.abs(level - (n - 1) / 2), 0) / n;
  return Math.max(0, 1 - spread / uniform);
}

/** The level that is expected, counted from 0. */
export function expectedLevel(probabilities: readonly number[]): number {
  return probabilities.reduce((sum, p, level) => sum + p * level, 0);
}
