// What a head is: inputs to rows of tokens, and outputs of a session to answers. It runs nothing and knows no model class (run.ts and
// src/models/ do). One file per kind implements it.

import type { OptionTable } from "../options.ts";
import type { Tensor } from "../tensor.ts";
import type { TextRows } from "./text-rows.ts";
import type { Tokenization } from "./tokenization.ts";

/** Outputs of a session, by name. */
export type Outputs = Readonly<Record<string, Tensor>>;

/** A head of one model: bound to its spec, so that it knows its name and labels. */
export interface Head<Input, Options extends object, Answer, Rows extends TextRows<Input> = TextRows<Input>> {
  /** Its options, each with a check of its value. */
  readonly options: OptionTable<Options>;
  /** The names of the outputs that `decode` reads. */
  fetches(options: Options): readonly string[];
  /**
   * The rows that the encoder reads.
   * @throws BertletError for inputs that make no sense, or too many tokens
   */
  encode(inputs: readonly Input[], tokenization: Tokenization, options: Options): Rows;
  /** The answer to input `index` of the rows. */
  decode(outputs: Outputs, rows: Rows, index: number, options: Options): Answer;
}
