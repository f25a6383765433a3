// The two heads that BERT was trained with, answered together: masked tokens, and whether the second text follows.
import type { HeadSpec } from "../architectures/head-spec.ts";
import {
  encodeMasks,
  FILL_MASK_OPTIONS,
  type Fill,
  type FillMaskOptions,
  fillsOf,
  type MaskRows,
} from "./fill-mask.ts";
import type { Head } from "./head.ts";
import { type Label, toLabels } from "./labels.ts";
import { NEXT_SENTENCE, type Pair } from "./next-sentence.ts";
import { rowOf } from "./outputs.ts";

export type PreTrainingOptions = FillMaskOptions;

/** What the two heads say about one pair. */
export interface PreTrainingAnswer {
  /** A list per mask, each with the likeliest tokens, best first. */
  readonly fills: readonly (readonly Fill[])[];
  /** IsNext and NotNext, the likelier first. */
  readonly next_sentence: readonly Label[];
}

/** Both answers for each pair. */
export function pretrainer(spec: HeadSpec): Head<Pair, PreTrainingOptions, PreTrainingAnswer, MaskRows<Pair>> {
  const [predictions, relationship] = spec.outputs.map(({ name }) => `${spec.name}.${name}`) as [string, string];
  return {
    options: FILL_MASK_OPTIONS,
    fetches: () => [predictions, relationship],
    encode: encodeMasks,
    decode: (outputs, rows, index, options) => ({
      fills: fillsOf(outputs[predictions], rows, index, options),
      next_sentence: toLabels(rowOf(outputs[relationship], rows.rows[index]![0]!.index), NEXT_SENTENCE, { topK: null }),
    }),
  };
}
