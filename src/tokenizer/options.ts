// The options of tokenizers: their defaults and their schema; the packed model file stores them as JSON.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { describeIssue, strictObject } from "../schemas.ts";
import { bertTemplate, robertaTemplate, type TemplateOptions, templateSchema } from "./template.ts";
import type { NormalizerOptions } from "./unicode.ts";
import { normalizerStepSchema } from "./unigram/normalizer-steps.ts";
import { LARGEST_VOCABULARY } from "./vocabulary.ts";

/** The id of a token. */
export const tokenIdSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LARGEST_VOCABULARY - 1));

const newTokenFields = {
  /** The token as written in a text. */
  content: v.pipe(v.string(), v.nonEmpty()),
  /** Omitted by `skipSpecialTokens`. By default true for the tokens that a model needs. */
  special: v.optional(v.boolean()),
  /** Match only as a word of its own, not next to a word character. */
  singleWord: v.optional(v.boolean(), false),
  /** Include the white space before it. */
  lstrip: v.optional(v.boolean(), false),
  /** Include the white space after it. */
  rstrip: v.optional(v.boolean(), false),
  /** Match it in the normalised text. By default true unless special. */
  normalized: v.optional(v.boolean()),
};
const newTokenSchema = strictObject(newTokenFields);
const addedTokenSchema = strictObject({
  ...newTokenFields,
  /** Its id; by default the vocabulary's, or the next free one. */
  id: v.optional(tokenIdSchema),
});

const side = v.picklist(["left", "right"]);

/** What every tokenizer can be told; the names of the special tokens are the family's. */
export const sharedEntries = (unk: string, sep: string, pad: string, cls: string, mask: string) => ({
  unkToken: v.optional(v.string(), unk),
  sepToken: v.optional(v.string(), sep),
  padToken: v.optional(v.string(), pad),
  clsToken: v.optional(v.string(), cls),
  maskToken: v.optional(v.string(), mask),
  addedTokens: v.optional(v.array(addedTokenSchema), []),
  /** Where special tokens go; null for BERT's `[CLS] a [SEP] b [SEP]`. */
  template: v.optional(v.nullable(templateSchema), null),
  /** The most tokens that the model takes; null for no limit. */
  modelMaxLength: v.optional(v.nullable(v.pipe(v.number(), v.minValue(1))), null),
  paddingSide: v.optional(side, "right"),
  truncationSide: v.optional(side, "right"),
});

/** The options that do not depend on how a text is cut into tokens. */
export type SharedOptions = v.InferOutput<v.ObjectSchema<ReturnType<typeof sharedEntries>, undefined>> & {
  readonly cleanUpTokenizationSpaces: boolean;
};

/** The schema of {@link TokenizerOptions}. */
export const tokenizerOptionsSchema = strictObject({
  doLowerCase: v.optional(v.boolean(), true),
  /** By default as `doLowerCase`. */
  stripAccents: v.optional(v.nullable(v.boolean()), null),
  tokenizeChineseChars: v.optional(v.boolean(), true),
  /** Drop control characters (BertTokenizerFast; BertTokenizer always does). */
  cleanText: v.optional(v.boolean(), true),
  /** Words to leave as they are (BertTokenizer only, as in the reference). */
  neverSplit: v.optional(v.array(v.string()), []),
  /** Clean, fold and split before word pieces (BertTokenizer only). */
  doBasicTokenize: v.optional(v.boolean(), true),
  ...sharedEntries("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"),
  cleanUpTokenizationSpaces: v.optional(v.boolean(), true),
  /** Close up punctuation token by token when decoding (BertTokenizerFast only: its decoder's own clean-up). */
  decoderCleanup: v.optional(v.boolean(), true),
  maxInputCharsPerWord: v.optional(v.number(), 100),
  continuingSubwordPrefix: v.optional(v.string(), "##"),
});

/** The schema of {@link BpeOptions}. */
export const bpeOptionsSchema = strictObject({
  ...sharedEntries("<unk>", "</s>", "<pad>", "<s>", "<mask>"),
  cleanUpTokenizationSpaces: v.optional(v.boolean(), false),
  /** Begin a text with a space, so that its first word is the token that it would be within a sentence. */
  addPrefixSpace: v.optional(v.boolean(), false),
  /** Leave the space that a token begins with out of its offsets. */
  trimOffsets: v.optional(v.boolean(), true),
});

/** How RoBERTa's byte-level BPE tokenises; every option has RoBERTa's default. Plain JSON. */
export type BpeOptions = v.InferInput<typeof bpeOptionsSchema>;
export type ResolvedBpeOptions = v.InferOutput<typeof bpeOptionsSchema>;

/** The schema of {@link UnigramOptions}. */
export const unigramOptionsSchema = strictObject({
  ...sharedEntries("<unk>", "</s>", "<pad>", "<s>", "<mask>"),
  cleanUpTokenizationSpaces: v.optional(v.boolean(), false),
  /** What is done to a text before it is cut, step by step. */
  normalizer: v.optional(v.array(normalizerStepSchema), []),
  /** Whether a text begins with the mark of a space: every piece of it between added tokens, the first alone, or none. */
  prependScheme: v.optional(v.picklist(["always", "first", "never"]), "always"),
  /** Whether white space of any kind ends a word and is dropped, not the space alone. */
  splitsAtWhitespace: v.optional(v.boolean(), false),
});

/** How a unigram model (SentencePiece) tokenises; the defaults are XLM-R's. Plain JSON. */
export type UnigramOptions = v.InferInput<typeof unigramOptionsSchema>;
export type ResolvedUnigramOptions = v.InferOutput<typeof unigramOptionsSchema>;

/** How to tokenise; every option has BERT's default. Plain JSON. */
export type TokenizerOptions = v.InferInput<typeof tokenizerOptionsSchema>;

/** The options with every default filled in. */
export type ResolvedTokenizerOptions = v.InferOutput<typeof tokenizerOptionsSchema>;

/** A token to add to the vocabulary. */
export type AddedTokenInit = v.InferInput<typeof addedTokenSchema>;

/**
 * @throws BertletError `invalid_config` for an unknown option or a value of the wrong kind
 * @example
 * resolveTokenizerOptions({ doLowerCase: false }).tokenizeChineseChars; // true
 */
export function resolveTokenizerOptions(options: unknown): ResolvedTokenizerOptions {
  return check(tokenizerOptionsSchema, options, "tokenizer options");
}

/** @throws BertletError as {@link resolveTokenizerOptions} */
export function resolveBpeOptions(options: unknown): ResolvedBpeOptions {
  const resolved = check(bpeOptionsSchema, options, "tokenizer options");
  return { ...resolved, template: resolved.template ?? robertaTemplate(resolved.clsToken, resolved.sepToken) };
}

/** @throws BertletError as {@link resolveTokenizerOptions} */
export function resolveUnigramOptions(options: unknown): ResolvedUnigramOptions {
  const resolved = check(unigramOptionsSchema, options, "tokenizer options");
  return { ...resolved, template: resolved.template ?? robertaTemplate(resolved.clsToken, resolved.sepToken) };
}

/** @throws BertletError `invalid_config` for a token that cannot be added */
export function resolveNewToken(token: unknown): v.InferOutput<typeof newTokenSchema> {
  return check(newTokenSchema, token, "token to add");
}

/** @throws BertletError `invalid_config` for another value; the message begins with `what` */
export function check<S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new BertletError("invalid_config", `${what}: ${describeIssue(result.issues[0])}`);
}

/** The normaliser that the options ask for; `stripAccents` follows `doLowerCase` unless given. */
export function normalizerOptions(options: ResolvedTokenizerOptions): NormalizerOptions {
  const { cleanText, tokenizeChineseChars, stripAccents, doLowerCase } = options;
  return { cleanText, tokenizeChineseChars, stripAccents: stripAccents ?? doLowerCase, lowerCase: doLowerCase };
}

/** The template that the options ask for. */
export function templateOptions({ template, clsToken, sepToken }: SharedOptions): TemplateOptions {
  return template ?? bertTemplate(clsToken, sepToken);
}
