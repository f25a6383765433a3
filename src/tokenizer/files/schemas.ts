// The shapes of a tokenizer's files, as far as they are read.
import * as v from "valibot";
import { mapOf } from "../../schemas.ts";
import { tokenIdSchema } from "../options.ts";

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
  v.object({ type: v.literal("RobertaProcessing"), sep: namedToken, cls: namedToken }),
]);
export type PostProcessor = v.InferOutput<typeof postProcessorSchema>;

export const tokenizerJsonSchema = v.object({
  added_tokens: v.optional(v.array(v.object({ id: tokenIdSchema, ...addedTokenFields })), []),
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
  do_lower_case: v.nullish(v.boolean()),
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

/** added_tokens.json: ids by token. */
export const addedIdsSchema = mapOf(v.string(), tokenIdSchema);

/** The keys of `added_tokens_decoder`. */
export const writtenIdSchema = v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number), tokenIdSchema);
