// Options that every way of training an encoder has, and what it reports.
import { BertletError } from "../../errors.ts";
import { anything, integerFrom, natural, numberThat, type OptionTable } from "../../options.ts";

export interface EncoderOptions {
  /** The highest learning rate. It rises over the first tenth of the steps and then falls to zero. */
  readonly learningRate?: number | undefined;
  /** How many of the last layers are trained; all, and the embeddings, when left out. */
  readonly layers?: number | undefined;
  /** The most tokens of a text that are read; 128 when left out. */
  readonly maxLength?: number | undefined;
  /**
   * Ends training after so many measurements in a row without a new lowest loss on examples that are held out, and gives the weights that had the
   * lowest one. When left out, none are held out, and the last weights are given.
   */
  readonly patience?: number | undefined;
  /** Which part of the examples of each label is held out, one at least; 0.1 when left out. Needs `patience`. */
  readonly holdOut?: number | undefined;
  /** Of every draw: orders, pairs, what is held out, a new head and dropout; 0 when left out. */
  readonly seed?: number | undefined;
  /** Called after each step, with its loss. */
  readonly onProgress?: ((done: number, all: number, loss: number) => void) | undefined;
}

/** The mean loss of what was held out, without dropout. */
export interface HeldOutLoss {
  /** Steps that were made before; 0 is the model as it was. */
  readonly step: number;
  readonly loss: number;
}

/** How a training went. */
export interface StepsReport {
  /** The loss of each step. */
  readonly losses: readonly number[];
  /** Empty where nothing was held out. */
  readonly heldOutLosses: readonly HeldOutLoss[];
  /** After how many steps the weights were as they are given: all steps, or those before the lowest loss of what was held out. */
  readonly bestStep: number;
}

export const ENCODER_OPTIONS: OptionTable<EncoderOptions> = {
  learningRate: numberThat("a number above 0", (value) => value > 0),
  layers: integerFrom(1),
  maxLength: integerFrom(3),
  patience: integerFrom(1),
  holdOut: numberThat("a number above 0 and at most 0.5", (value) => value > 0 && value <= 0.5),
  seed: natural,
  onProgress: anything,
};

const HOLD_OUT = 0.1;

/** The share to hold out; undefined for none. @throws BertletError `invalid_input` for a share that nothing would come of */
export function heldOutShare({ patience, holdOut }: EncoderOptions): number | undefined {
  if (patience === undefined && holdOut !== undefined)
    throw new BertletError("invalid_input", "holdOut needs patience: without it, no examples are held out");
  return patience === undefined ? undefined : (holdOut ?? HOLD_OUT);
}

/** The options with a value for each that has a default. */
export function withDefaults<Options extends object, Defaults extends Partial<Options>>(
  options: Options,
  defaults: Defaults,
): { readonly [Name in keyof Defaults & keyof Options]: NonNullable<Options[Name]> } {
  const entries = Object.entries(defaults).map(([name, value]) => [name, options[name as keyof Options] ?? value]);
  return Object.fromEntries(entries);
}
