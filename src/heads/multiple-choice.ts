// Choosing among texts: each choice is read together with the prompt in a row of its own, logits [rows, 1].
import type { HeadSpec } from "../architectures/head-spec.ts";
import { type OptionTable, oneOf } from "../options.ts";
import type { Head } from "./head.ts";
import type { Pair } from "./next-sentence.ts";
import { floats } from "./outputs.ts";
import { topIndices, toScores } from "./scores.ts";
import { pickTextOptions, TEXT_OPTIONS, type TextOptions } from "./tokenization.ts";

export interface Choices {
  readonly prompt: string;
  readonly choices: readonly string[];
}

/** A choice, with its index in the list that was given. */
export interface Choice {
  readonly choice: string;
  readonly index: number;
  readonly score: number;
}

export interface ChoiceOptions extends TextOptions {
  /** softmax over the choices (when left out), or none: the logits. */
  readonly functionToApply?: "softmax" | "none" | undefined;
}

const CHOICE_OPTIONS: OptionTable<ChoiceOptions> = { ...TEXT_OPTIONS, functionToApply: oneOf("softmax", "none") };

/** The choices of each prompt, best first. A prompt that is too long is cut; a choice is not. */
export function choiceMaker(spec: HeadSpec): Head<Choices, ChoiceOptions, Choice[]> {
  const logits = `${spec.name}.logits`;
  return {
    options: CHOICE_OPTIONS,
    fetches: () => [logits],
    encode(questions, tokenization, options) {
      const pairs = questions.flatMap(({ prompt, choices }) => choices.map((choice): Pair => [prompt, choice]));
      const text = pickTextOptions(options);
      const encoded = tokenization.encode(pairs, { ...text, truncation: text.truncation ?? "only_first" });
      const rows = encoded.rows.flat();
      const ofQuestions = questions.map(({ choices }) => rows.splice(0, choices.length));
      return { ...encoded, inputs: questions, rows: ofQuestions };
    },
    decode(outputs, { inputs, rows }, index, { functionToApply = "softmax" }) {
      const { choices } = inputs[index]!;
      const values = floats(outputs[logits]);
      const scores = toScores(
        Float32Array.from(rows[index]!, (row) => values[row.index]!),
        functionToApply,
      );
      return topIndices(scores, choices.length).map((best) => ({
        choice: choices[best]!,
        index: best,
        score: scores[best]!,
      }));
    },
  };
}
