// Whether the second text of a pair follows the first: logits [rows, 2] to labels.
import type { HeadSpec } from "../architectures/head-spec.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { Head } from "./head.ts";
import { type Label, toLabels } from "./labels.ts";
import { rowOf } from "./outputs.ts";
import { CLASSIFY_OPTIONS, type ClassifyOptions } from "./sequence-classification.ts";
import { pickTextOptions } from "./tokenization.ts";

/** Two texts that are read together. */
export type Pair = Exclude<TextInput, string>;

export type NextSentenceOptions = ClassifyOptions;

/** The two labels in the order of the logits, named as in Devlin et al. 2018. */
export const NEXT_SENTENCE = { labels: ["IsNext", "NotNext"], problem_type: null };

/** `IsNext` or `NotNext` for each pair. */
export function nextSentencePredictor(spec: HeadSpec): Head<Pair, NextSentenceOptions, Label[]> {
  const logits = `${spec.name}.logits`;
  return {
    options: CLASSIFY_OPTIONS,
    fetches: () => [logits],
    encode: (pairs, tokenization, options) => tokenization.encode(pairs, pickTextOptions(options)),
    decode: (outputs, { rows }, index, options) =>
      toLabels(rowOf(outputs[logits], rows[index]![0]!.index), NEXT_SENTENCE, options),
  };
}
