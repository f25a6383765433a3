// Vectors of words in their sentence: the hidden states of any layer, averaged over the pieces of each word.

import { natural, type OptionTable } from "../options.ts";
import { offsetMapper } from "../tokenizer/tokenizer.ts";
import { meanOfRows } from "./embedding.ts";
import type { Head, Outputs } from "./head.ts";
import { floats } from "./outputs.ts";
import { OFFSET_OPTIONS, type OffsetOptions, offsetOf, type TextRows } from "./text-rows.ts";
import { pickTextOptions, TEXT_OPTIONS, type TextOptions } from "./tokenization.ts";

export interface WordVectorOptions extends TextOptions, OffsetOptions {
  /** After how many layers; the last when left out, and 0 for the embedding, which depends on the word's position, not its neighbours. */
  readonly layer?: number | undefined;
}

/** A word in its sentence. */
export interface WordVector {
  /** As written in the text. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** [H] The mean of the hidden states of its pieces. */
  readonly vector: Float32Array;
}

const WORD_VECTOR_OPTIONS: OptionTable<WordVectorOptions> = { ...TEXT_OPTIONS, ...OFFSET_OPTIONS, layer: natural };

/** The words of each text with their vectors, in a model of `layers` layers and hidden states [tokens, H]. */
export function wordVectors(layers: number, H: number): Head<string, WordVectorOptions, WordVector[]> {
  const output = ({ layer = layers }: WordVectorOptions) => `hidden_states.${layer}`;
  return {
    options: WORD_VECTOR_OPTIONS,
    fetches: (options) => [output(options)],
    encode: (texts, tokenization, options) => tokenization.encode(texts, pickTextOptions(options)),
    decode: (outputs: Outputs, rows, index, options) =>
      wordsOf(rows, index, floats(outputs[output(options)]), H, options),
  };
}

function wordsOf(
  { inputs, encoding, rows }: TextRows<string>,
  index: number,
  values: Float32Array,
  H: number,
  { offsetUnit }: OffsetOptions,
): WordVector[] {
  const text = inputs[index]!;
  const toUnit = offsetMapper(text, offsetUnit);
  const row = rows[index]![0]!;
  const words: WordVector[] = [];
  for (let from = row.from, to = row.from; from < row.to; from = to) {
    const word = encoding.word_ids[from];
    while (to < row.to && encoding.word_ids[to] === word) to++;
    if (word === -1) continue;
    const [start, end] = [offsetOf(encoding, from)[0], offsetOf(encoding, to - 1)[1]];
    const vector = meanOfRows(values.subarray(from * H, to * H), H);
    words.push({ word: text.slice(start, end), start: toUnit(start), end: toUnit(end), vector });
  }
  return words;
}
