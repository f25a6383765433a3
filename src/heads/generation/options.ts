// How tokens are generated: the options of the reference's `generate`, with its defaults.
import type { GenerationSettings } from "../../architectures/generation-settings.ts";
import {
  camelCase,
  count,
  either,
  flag,
  integerFrom,
  listOf,
  natural,
  numberThat,
  type OptionTable,
  oneOf,
} from "../../options.ts";

export interface GenerationOptions {
  /** The most tokens to add; 20 when neither limit is given. */
  readonly maxNewTokens?: number | undefined;
  /** The most tokens in all, the prompt included. */
  readonly maxLength?: number | undefined;
  /** The fewest tokens to add before a row may stop. */
  readonly minNewTokens?: number | undefined;
  /** The fewest tokens in all, the prompt included, before a row may stop. */
  readonly minLength?: number | undefined;
  /** Tokens that end a row. */
  readonly stopTokenIds?: readonly number[] | undefined;
  /** Divides the positive scores of tokens that the row already has, and multiplies the negative ones (Keskar et al. 2019); 1 when left out. */
  readonly repetitionPenalty?: number | undefined;
  /** Sequences of this many tokens occur once in a row; 0, any number of times, when left out. */
  readonly noRepeatNgramSize?: number | undefined;
  /** Sequences of tokens that are never generated; a stop token alone is not one of them. */
  readonly badWordsIds?: readonly (readonly number[])[] | undefined;
  /** Tokens that are never generated. */
  readonly suppressTokens?: readonly number[] | undefined;
  /** Tokens that are not generated first. */
  readonly beginSuppressTokens?: readonly number[] | undefined;
  /** Sample tokens by their probability instead of taking the likeliest. */
  readonly doSample?: boolean | undefined;
  /** How many rows to return per prompt: samples, or the best beams; 1 when left out. */
  readonly numReturnSequences?: number | undefined;
  /** Divides the logits before sampling; 1 when left out. */
  readonly temperature?: number | undefined;
  /** Sample from this many likeliest tokens; 50 when left out, as in the reference, and 0 for all. */
  readonly topK?: number | undefined;
  /** Sample from the likeliest tokens that together have this probability; 1 when left out. */
  readonly topP?: number | undefined;
  /** Sample from tokens that are at least this likely, relative to the likeliest; 0 when left out. */
  readonly minP?: number | undefined;
  /** The same seed samples the same tokens; 0 when left out. */
  readonly seed?: number | undefined;
  /** Beam search with this many beams; 1, none, when left out. */
  readonly numBeams?: number | undefined;
  /** Scores of beams are divided by their length to this power; 1 when left out. */
  readonly lengthPenalty?: number | undefined;
  /** Stop when `numBeams` beams are finished (true), when the open ones seem unable to beat them (false), or when they are ("never"). */
  readonly earlyStopping?: boolean | "never" | undefined;
}

const positive = numberThat("a number above 0", (value) => value > 0);

export const GENERATION_OPTIONS: OptionTable<GenerationOptions> = {
  maxNewTokens: natural,
  maxLength: natural,
  minNewTokens: natural,
  minLength: natural,
  stopTokenIds: listOf(natural),
  repetitionPenalty: positive,
  noRepeatNgramSize: natural,
  badWordsIds: listOf({
    expected: "a list of token ids that is not empty",
    fits: (ids) => Array.isArray(ids) && ids.length > 0 && ids.every(natural.fits),
  }),
  suppressTokens: listOf(natural),
  beginSuppressTokens: listOf(natural),
  doSample: flag,
  numReturnSequences: count,
  temperature: positive,
  topK: natural,
  topP: numberThat("in (0, 1]", (value) => value > 0 && value <= 1),
  minP: numberThat("in [0, 1]", (value) => value >= 0 && value <= 1),
  seed: integerFrom(Number.MIN_SAFE_INTEGER),
  numBeams: count,
  lengthPenalty: numberThat("a number", () => true),
  earlyStopping: either(flag, oneOf("never")),
};

/** Limits that replace each other: one that a caller gives leaves no place for the settings' other one. */
const LIMITS: readonly (readonly [keyof GenerationOptions, keyof GenerationOptions])[] = [
  ["maxNewTokens", "maxLength"],
  ["minNewTokens", "minLength"],
];

/** The options, completed with what the model's files say. */
export function withSettings(options: GenerationOptions, settings: GenerationSettings = {}): GenerationOptions {
  const { eos_token_id: end, ...others } = settings;
  const defaults: Record<string, unknown> = Object.fromEntries(
    Object.entries(others).map(([name, value]) => [camelCase(name), value]),
  );
  if (end !== undefined) defaults.stopTokenIds = [end].flat();
  for (const pair of LIMITS) {
    if (pair.every((name) => options[name] === undefined)) continue;
    for (const name of pair) delete defaults[name];
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
