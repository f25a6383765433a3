// What a tokenizer can be told, its defaults and its schema; the packed model file stores exactly this as JSON. It reads no files.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import type { NormalizerOptions } from "./unicode.ts";

const addedTokenSchema = v.object({
  /** The token as written in text. */
  content: v.pipe(v.string(), v.nonEmpty()),
  /** Its id; by default the vocabulary's, or the next free one. */
  id: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** Left out by `skipSpecialTokens`. */
  special: v.optional(v.boolean(), false),
  /** Match only where no word character touches it. */
  singleWord: v.optional(v.boolean(), false),
  /** Take the white space before it. */
  lstrip: v.optional(v.boolean(), false),
  /** Take the white space after it. */
  rstrip: v.optional(v.boolean(), false),
  /** Match it in the text as normalised. By default true unless special. */
  normalized: v.optional(v.boolean()),
});

const side = v.picklist(["left", "right"]);

/** The schema of {@link TokenizerOptions}. */
export const tokenizerOptionsSchema = v.object({
  doLowerCase: v.optional(v.boolean(), true),
  /** By default as `doLowerCase`. */
  stripAccents: v.optional(v.nullable(v.boolean()), null),
  tokenizeChineseChars: v.optional(v.boolean(), true),
  /** Drop control characters (BertTokenizerFast; the other always does). */
  cleanText: v.optional(v.boolean(), true),
  /** Words to leave as they are (BertTokenizer alone, as in the reference). */
  neverSplit: v.optional(v.array(v.string()), []),
  /** Clean, fold and split before word pieces (BertTokenizer alone). */
  doBasicTokenize: v.optional(v.boolean(), true),
  unkToken: v.optional(v.string(), "[UNK]"),
  sepToken: v.optional(v.string(), "[SEP]"),
  padToken: v.optional(v.string(), "[PAD]"),
  clsToken: v.optional(v.string(), "[CLS]"),
  maskToken: v.optional(v.string(), "[MASK]"),
  addedTokens: v.optional(v.array(addedTokenSchema), []),
  /** The most tokens the model takes; Infinity is written as null. */
  modelMaxLength: v.optional(v.nullable(v.pipe(v.number(), v.minValue(1))), null),
  paddingSide: v.optional(side, "right"),
  truncationSide: v.optional(side, "right"),
  cleanUpTokenizationSpaces: v.optional(v.boolean(), true),
  /** Close up punctuation token by token when decoding (BertTokenizerFast alone: its decoder's own clean-up). */
  decoderCleanup: v.optional(v.boolean(), true),
  maxInputCharsPerWord: v.optional(v.number(), 100),
  continuingSubwordPrefix: v.optional(v.string(), "##"),
});

/** How to tokenise; everything has BERT's default. Plain JSON. */
export type TokenizerOptions = v.InferInput<typeof tokenizerOptionsSchema>;

/** The options with every default filled in. */
export type ResolvedTokenizerOptions = v.InferOutput<typeof tokenizerOptionsSchema>;

/** A token added to the vocabulary, or cut out of text before anything else. */
export type AddedTokenInit = v.InferInput<typeof addedTokenSchema>;

/**
 * @throws BertletError `invalid_config` for a value of the wrong kind
 * @example
 * resolveTokenizerOptions({ doLowerCase: false }).tokenizeChineseChars; // true
 */
export function resolveTokenizerOptions(options: unknown): ResolvedTokenizerOptions {
  const result = v.safeParse(tokenizerOptionsSchema, options);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BertletError("invalid_config", `tokenizer option ${v.getDotPath(issue) ?? ""}: ${issue.message}`);
}

/** What the options say of normalising; accents go with the case unless told otherwise. */
export function normalizerOptions(options: ResolvedTokenizerOptions): NormalizerOptions {
  const { cleanText, tokenizeChineseChars, stripAccents, doLowerCase } = options;
  return { cleanText, tokenizeChineseChars, stripAccents: stripAccents ?? doLowerCase, lowerCase: doLowerCase };
}
