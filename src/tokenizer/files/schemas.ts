// The shapes of a tokenizer's files, as far as they are read.
import * as v from "valibot";
import { mapOf } from "../../schemas.ts";
import { tokenIdSchema } from "../options.ts";
import { normalizerStepSchema } from "../unigram/normalizer-steps.ts";

const addedTokenFields = {
  content: v.string(),
  special: v.optional(v.boolean()),
  single_word: v.optional(v.boolean()),
  lstrip: v.optional(v.boolean()),
  rstrip: v.optional(v.boolean()),
  normalized: v.optional(v.boolean()),
};
const addedTokenSchema = v.object(addedTokenFields);
export type AddedTokenEntry = v.InferOutput<typeof addedTokenSchema>;

/** A special token is written as a string or as an object. */
const tokenSchema = v.union([v.string(), addedTokenSchema]);
export type TokenEntry = v.InferOutput<typeof tokenSchema>;

const normalizerSchema = v.object({
  type: v.literal("BertNormalizer"),
  clean_text: v.optional(v.boolean()),
  handle_chinese_chars: v.optional(v.boolean()),
  strip_accents: v.nullish(v.boolean()),
  lowercase: v.optional(v.boolean()),
});

const pieceSchema = v.union([
  v.object({ SpecialToken: v.object({ id: v.string(), type_id: v.number() }) }),
  v.object({ Sequence: v.object({ id: v.picklist(["A", "B"]), type_id: v.number() }) }),
]);
export type PieceEntry = v.InferOutput<typeof pieceSchema>;

const namedToken = v.tuple([v.string(), v.number()]);

const postProcessorSchema = v.variant("type", [
  v.object({
    type: v.literal("TemplateProcessing"),
    single: v.array(pieceSchema),
    pair: v.array(pieceSchema),
    special_tokens: v.optional(mapOf(v.string(), v.object({ tokens: v.array(v.string()) })), {}),
  }),
  v.object({ type: v.literal("BertProcessing"), sep: namedToken, cls: namedToken }),
  v.object({
    type: v.literal("RobertaProcessing"),
    sep: namedToken,
    cls: namedToken,
    trim_offsets: v.optional(v.boolean(), true),
  }),
]);
export type PostProcessor = v.InferOutput<typeof postProcessorSchema>;

const addedTokensSchema = v.optional(v.array(v.object({ id: tokenIdSchema, ...addedTokenFields })), []);

export const tokenizerJsonSchema = v.object({
  added_tokens: addedTokensSchema,
  normalizer: normalizerSchema,
  pre_tokenizer: v.object({ type: v.literal("BertPreTokenizer") }),
  post_processor: v.nullish(postProcessorSchema),
  decoder: v.nullish(v.object({ type: v.literal("WordPiece"), cleanup: v.optional(v.boolean()) })),
  model: v.object({
    type: v.optional(v.literal("WordPiece")),
    unk_token: v.optional(v.string()),
    continuing_subword_prefix: v.optional(v.string()),
    max_input_chars_per_word: v.optional(v.number()),
    vocab: mapOf(v.string(), tokenIdSchema),
  }),
});

/** The types in a tokenizer.json that decide whether it is a BERT tokenizer's. */
export const kindSchema = v.object({
  normalizer: v.object({ type: v.string() }),
  pre_tokenizer: v.object({ type: v.string() }),
  model: v.object({ type: v.optional(v.string(), "WordPiece") }),
});

/** Which algorithm a tokenizer.json is of. */
export const modelTypeSchema = v.object({ model: v.object({ type: v.optional(v.string(), "WordPiece") }) });

const byteLevelFields = {
  add_prefix_space: v.optional(v.boolean(), true),
  trim_offsets: v.optional(v.boolean(), true),
};

/** A tokenizer.json of byte-level BPE without a normaliser: GPT-2's and RoBERTa's. */
export const bpeJsonSchema = v.object({
  added_tokens: addedTokensSchema,
  normalizer: v.nullish(v.never("byte-level BPE with a normaliser is not supported")),
  pre_tokenizer: v.object({
    type: v.literal("ByteLevel"),
    ...byteLevelFields,
    use_regex: v.optional(v.literal(true), true),
  }),
  post_processor: v.nullish(postProcessorSchema),
  model: v.object({
    type: v.literal("BPE"),
    dropout: v.nullish(v.literal(0)),
    byte_fallback: v.optional(v.literal(false)),
    ignore_merges: v.optional(v.literal(false)),
    continuing_subword_prefix: v.nullish(v.literal("")),
    end_of_word_suffix: v.nullish(v.literal("")),
    vocab: mapOf(v.string(), tokenIdSchema),
    /** A pair, or in older files both with a space between. */
    merges: v.array(v.union([v.tuple([v.string(), v.string()]), v.string()])),
  }),
});

const metaspaceSchema = v.object({
  type: v.literal("Metaspace"),
  replacement: v.optional(v.literal("▁"), "▁"),
  add_prefix_space: v.optional(v.boolean(), true),
  prepend_scheme: v.optional(v.picklist(["always", "first", "never"])),
  split: v.optional(v.literal(true), true),
});
export type MetaspaceEntry = v.InferOutput<typeof metaspaceSchema>;

const charsmapStepSchema = v.object({ type: v.literal("Precompiled"), precompiled_charsmap: v.nullish(v.string()) });
const stripStepSchema = v.object({
  type: v.literal("Strip"),
  strip_left: v.optional(v.boolean(), true),
  strip_right: v.optional(v.boolean(), true),
});
const unigramStepSchema = v.union([charsmapStepSchema, stripStepSchema, normalizerStepSchema]);

/** A tokenizer.json of a unigram model: XLM-R's, CamemBERT's, ALBERT's. */
export const unigramJsonSchema = v.object({
  added_tokens: addedTokensSchema,
  normalizer: v.nullish(
    v.union([v.object({ type: v.literal("Sequence"), normalizers: v.array(unigramStepSchema) }), unigramStepSchema]),
  ),
  pre_tokenizer: v.union([
    metaspaceSchema,
    v.object({
      type: v.literal("Sequence"),
      pretokenizers: v.tuple([v.object({ type: v.literal("WhitespaceSplit") }), metaspaceSchema]),
    }),
  ]),
  post_processor: v.nullish(postProcessorSchema),
  model: v.object({
    type: v.literal("Unigram"),
    unk_id: tokenIdSchema,
    byte_fallback: v.optional(v.literal(false)),
    vocab: v.array(v.tuple([v.string(), v.number()])),
  }),
});

export const specialTokensSchema = v.object({
  unk_token: v.nullish(tokenSchema),
  sep_token: v.nullish(tokenSchema),
  pad_token: v.nullish(tokenSchema),
  cls_token: v.nullish(tokenSchema),
  mask_token: v.nullish(tokenSchema),
  additional_special_tokens: v.nullish(v.array(tokenSchema)),
});
export type SpecialTokens = v.InferOutput<typeof specialTokensSchema>;

export const configSchema = v.object({
  ...specialTokensSchema.entries,
  add_prefix_space: v.nullish(v.boolean()),
  trim_offsets: v.nullish(v.boolean()),
  do_lower_case: v.nullish(v.boolean()),
  keep_accents: v.nullish(v.boolean()),
  remove_space: v.nullish(v.boolean()),
  tokenizer_class: v.nullish(v.string()),
  strip_accents: v.nullish(v.boolean()),
  tokenize_chinese_chars: v.nullish(v.boolean()),
  do_basic_tokenize: v.nullish(v.boolean()),
  never_split: v.nullish(v.array(v.string())),
  model_max_length: v.nullish(v.number()),
  padding_side: v.nullish(v.picklist(["left", "right"])),
  truncation_side: v.nullish(v.picklist(["left", "right"])),
  clean_up_tokenization_spaces: v.nullish(v.boolean()),
  added_tokens_decoder: v.nullish(mapOf(v.string(), addedTokenSchema)),
});
export type TokenizerConfig = v.InferOutput<typeof configSchema>;

/** added_tokens.json: ids by token. */
export const addedIdsSchema = mapOf(v.string(), tokenIdSchema);

/** The keys of `added_tokens_decoder`. */
export const writtenIdSchema = v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number), tokenIdSchema);
