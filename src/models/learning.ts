// How a question that a taught head answers learns from a large model behind it: what both sides of a deployment say of it to each other.
import { argmax } from "../heads/scores.ts";

/** The taught head that answers a question. */
export interface AnsweringHead {
  readonly head: string;
  /** Where it learns from a large model. */
  readonly learning: Learning | undefined;
}

/** How the edge answers a question that learns. */
export interface LearningState {
  /** The edge answers by itself from this probability on; null while it never does, undefined as long as too little is known to say. */
  readonly atLeast: number | null | undefined;
  /** Which part of the edge's own answers is compared with the large model's. */
  readonly shadow: number;
}

export interface Learning extends LearningState {
  /** The version of the head; undefined as long as there is none. */
  readonly version: number | undefined;
  /** Counts an answer that the edge gave by itself. */
  answered(): void;
  learned(answer: LargeModelAnswer): void;
}

/** An answer of the large model, as its question is taught it. */
export interface LargeModelAnswer {
  /** The state. */
  readonly text: string;
  /** By the labels that stand for options. */
  readonly probabilities: readonly (readonly [label: string, probability: number])[];
  /** What the edge had answered by itself, with the version of the taught head that did; undefined for what it was not certain of. */
  readonly compared: { readonly version: number | undefined; readonly label: string } | undefined;
  /** Which part of such requests is asked: 1 for what the edge is not certain of, less for what is only compared. */
  readonly share: number;
  /** How long the large model took. */
  readonly milliseconds: number;
}

/** The label of the largest probability, the first of equal ones. */
export function mostProbableLabel(probabilities: LargeModelAnswer["probabilities"]): string {
  return probabilities[argmax(probabilities.map(([, probability]) => probability))]![0];
}
