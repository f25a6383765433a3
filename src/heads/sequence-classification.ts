// Classifiers of texts and of pairs: logits [rows, labels] to labels, best first.
import type { HeadSpec } from "../architectures/head-spec.ts";
import type { OptionTable } from "../options.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { Head } from "./head.ts";
import { LABEL_OPTIONS, type Label, type LabelOptions, toLabels } from "./labels.ts";
import { rowOf } from "./outputs.ts";
import { pickTextOptions, TEXT_OPTIONS, type TextOptions } from "./tokenization.ts";

export interface ClassifyOptions extends LabelOptions, TextOptions {}

export const CLASSIFY_OPTIONS: OptionTable<ClassifyOptions> = { ...LABEL_OPTIONS, ...TEXT_OPTIONS };

/** The labels of each text or pair. */
export function sequenceClassifier(spec: HeadSpec): Head<TextInput, ClassifyOptions, Label[]> {
  const logits = `${spec.name}.logits`;
  return {
    options: CLASSIFY_OPTIONS,
    fetches: () => [logits],
    encode: (texts, tokenization, options) => tokenization.encode(texts, pickTextOptions(options)),
    decode: (outputs, { rows }, index, options) =>
      toLabels(rowOf(outputs[logits], rows[index]![0]!.index), spec, options),
  };
}
