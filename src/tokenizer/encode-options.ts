// The options of encoding and decoding: what they are, how they are checked, and the plan that they make.
import { BertletError } from "../errors.ts";
import { count, flag, natural, type OptionCheck, type OptionTable, oneOf } from "../options.ts";
import type { OffsetUnit } from "./code-points.ts";
import { type Side, TRUNCATION_STRATEGIES, type TruncationStrategy } from "./truncation.ts";

/** How texts are cut into tokens. */
export interface SplitOptions {
  /** Whether each text is a list of words. Offsets then count from each word's beginning, and `word_ids` are indices of the list. */
  isSplitIntoWords?: boolean | undefined;
  /** What offsets count: UTF-16 units (the default), so that `text.slice(start, end)` is right, or code points. */
  offsetUnit?: OffsetUnit | undefined;
}

/** How tokens become rows. */
export interface AssembleOptions {
  /** `true` is "longest_first". By default "longest_first" if `maxLength` is given, else "do_not_truncate". */
  truncation?: boolean | TruncationStrategy | undefined;
  /** The most tokens in a row, special tokens included. By default the model's maximum, if truncation is asked for. */
  maxLength?: number | undefined;
  /** Tokens that neighbouring windows share; 0 by default. */
  stride?: number | undefined;
  /** Also return rows of what truncation cut off. */
  returnOverflowingTokens?: boolean | undefined;
  /** Add special tokens, such as [CLS] and [SEP]; `true` by default. */
  addSpecialTokens?: boolean | undefined;
  /** The side to truncate on; by default the tokenizer's. */
  truncationSide?: Side | undefined;
  /** The most tokens in all rows together; more are `input_too_large`, and no further row is made. */
  maxTokens?: number | undefined;
  /** Tokens of other calls that count towards `maxTokens`; 0 by default. */
  spentTokens?: number | undefined;
  /** Also return where each token came from. */
  returnOffsetsMapping?: boolean | undefined;
}

/** The options of `encodeBatch`. */
export type TruncationOptions = SplitOptions & AssembleOptions;

export interface PaddingOptions {
  /** `true` is "longest": to the longest row. "max_length": to `maxLength`. None by default. */
  padding?: boolean | "longest" | "max_length" | "do_not_pad" | undefined;
  padToMultipleOf?: number | undefined;
  /** The side to pad on; by default the tokenizer's. */
  paddingSide?: Side | undefined;
}

export type EncodeOptions = Omit<TruncationOptions, "returnOffsetsMapping"> & PaddingOptions;

export interface DecodeOptions {
  /** Omit special tokens; `false` by default. */
  skipSpecialTokens?: boolean | undefined;
  /** Close up punctuation and contractions; by default as the tokenizer is set. */
  cleanUpTokenizationSpaces?: boolean | undefined;
}

/** {@link AssembleOptions} with every default filled in. */
export interface AssemblyPlan {
  readonly strategy: TruncationStrategy;
  readonly maxLength: number;
  readonly stride: number;
  readonly side: Side;
  readonly withOverflow: boolean;
  readonly addSpecialTokens: boolean;
  /** The most tokens in all rows of this call. */
  readonly maxTokens: number;
  /** The tokens of other calls, which `maxTokens` leaves out already. */
  readonly spentTokens: number;
}

const SIDE = oneOf("left", "right");
/** A length, or no limit. */
export const LENGTH: OptionCheck = {
  expected: `${natural.expected}, or Infinity`,
  fits: (value) => value === Number.POSITIVE_INFINITY || natural.fits(value),
};

export const SPLIT_OPTIONS: OptionTable<SplitOptions> = {
  isSplitIntoWords: flag,
  offsetUnit: oneOf("utf16", "codepoint"),
};

const ROW_OPTIONS: OptionTable<Omit<AssembleOptions, "returnOffsetsMapping">> = {
  truncation: oneOf(true, false, ...TRUNCATION_STRATEGIES),
  maxLength: LENGTH,
  stride: natural,
  returnOverflowingTokens: flag,
  addSpecialTokens: flag,
  truncationSide: SIDE,
  maxTokens: LENGTH,
  spentTokens: natural,
};

export const ASSEMBLE_OPTIONS: OptionTable<AssembleOptions> = { ...ROW_OPTIONS, returnOffsetsMapping: flag };

export const BATCH_OPTIONS: OptionTable<TruncationOptions> = { ...ASSEMBLE_OPTIONS, ...SPLIT_OPTIONS };

export const PADDING_OPTIONS: OptionTable<PaddingOptions> = {
  padding: oneOf(true, false, "longest", "max_length", "do_not_pad"),
  padToMultipleOf: count,
  paddingSide: SIDE,
};

export const ENCODE_OPTIONS: OptionTable<EncodeOptions> = { ...ROW_OPTIONS, ...SPLIT_OPTIONS, ...PADDING_OPTIONS };

export const DECODE_OPTIONS: OptionTable<DecodeOptions> = { skipSpecialTokens: flag, cleanUpTokenizationSpaces: flag };

/**
 * @param options checked before
 * @throws BertletError `invalid_input` for a stride that is longer than a row
 */
export function planAssembly(
  options: AssembleOptions & PaddingOptions,
  defaults: { readonly modelMaxLength: number; readonly truncationSide: Side; readonly addedToSingle: number },
): AssemblyPlan {
  const strategy = truncationStrategy(options);
  const { stride = 0, maxTokens = Number.POSITIVE_INFINITY, spentTokens = 0 } = options;
  const maxLength =
    strategy === "do_not_truncate" ? Number.POSITIVE_INFINITY : (options.maxLength ?? defaults.modelMaxLength);
  // The special tokens of a single text are counted whether they are added or not, as in the reference.
  if (stride > Math.max(maxLength - defaults.addedToSingle, 0))
    throw new BertletError("invalid_input", `stride ${stride} is more than a row of ${maxLength} tokens holds`);
  return {
    strategy,
    maxLength,
    stride,
    side: options.truncationSide ?? defaults.truncationSide,
    withOverflow: options.returnOverflowingTokens ?? false,
    addSpecialTokens: options.addSpecialTokens ?? true,
    maxTokens: maxTokens - spentTokens,
    spentTokens,
  };
}

/** The strategy that options ask for: a `maxLength` alone truncates, unless it is the length to pad to. */
export function truncationStrategy({
  truncation,
  maxLength,
  padding,
}: AssembleOptions & PaddingOptions): TruncationStrategy {
  if (truncation === true) return "longest_first";
  if (truncation === false) return "do_not_truncate";
  if (truncation !== undefined) return truncation;
  const isPadding = padding !== undefined && padding !== false && padding !== "do_not_pad";
  return maxLength !== undefined && !isPadding ? "longest_first" : "do_not_truncate";
}
