// Reads a tokenizer's files (tokenizer.json, vocab.txt, tokenizer_config.json, special_tokens_map.json, added_tokens.json) into a list of tokens
// and options. It checks that they describe a BERT tokenizer.

import * as v from "valibot";
import { readSentencePiece } from "#sentencepiece";
import { BertletError } from "../../errors.ts";
import { type ModelSource, type ModelSourceLike, openSource, readJson } from "../../source/source.ts";
import type { AddedTokenInit, TokenizerOptions, UnigramOptions } from "../options.ts";
import { bertTemplate, isSameTemplate, type TemplateOptions } from "../template.ts";
import { LARGEST_VOCABULARY, tooManyTokens } from "../vocabulary.ts";
import { addedToken, check, defined, templateOf } from "./parts.ts";
import { type BpeFiles, readBpeJson, readBpeVocabulary } from "./read-bpe.ts";
import { readUnigramJson, type UnigramFiles } from "./read-unigram.ts";
import {
  addedIdsSchema,
  configSchema,
  kindSchema,
  modelTypeSchema,
  type SpecialTokens,
  specialTokensSchema,
  type TokenEntry,
  type TokenizerConfig,
  tokenizerJsonSchema,
  writtenIdSchema,
} from "./schemas.ts";
import {
  type FoldSettings,
  findSentencePiece,
  openSentencePiece,
  type SentencePieceFamily,
  tokenizerNamed,
} from "./sentencepiece-family.ts";

/** The contents of a WordPiece tokenizer's files: the vocabulary in id order, and options. */
export interface TokenizerFiles {
  tokens: string[];
  options: TokenizerOptions;
}

/** The contents of any tokenizer's files. */
export type AnyTokenizerFiles =
  | ({ readonly type: "wordpiece" } & TokenizerFiles)
  | ({ readonly type: "bpe" } & BpeFiles)
  | ({ readonly type: "unigram" } & UnigramFiles);

/** Options that tokenizers of all types have. */
type SharedSettings = Pick<
  UnigramOptions,
  "unkToken" | "sepToken" | "padToken" | "clsToken" | "maskToken" | "addedTokens" | "template"
>;

/** The reference writes 1e30 for "no maximum". */
const NO_MAXIMUM = 1e20;

/**
 * Reads the files of a WordPiece tokenizer from a Hub repository. tokenizer_config.json wins over special_tokens_map.json and over
 * tokenizer.json, as in the reference.
 *
 * @throws BertletError `not_found` without tokenizer.json and vocab.txt, `invalid_checkpoint` for a file that is broken, `unsupported` for one
 * that is not a BERT tokenizer's
 * @param family for a class of MPNet's; otherwise as the files say
 * @example
 * const { tokens } = await readTokenizerFiles({ "vocab.txt": new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\n") });
 */
export async function readTokenizerFiles(from: ModelSourceLike, family?: "mpnet"): Promise<TokenizerFiles> {
  const source = await openSource(from);
  const json = await readJson(source, "tokenizer.json");
  if (json !== undefined) return readWordPiece(source, readTokenizerJson(json));
  const base = await readVocabularyFile(source);
  if (!(family ?? (await isMPNet(source)))) return readWordPiece(source, base);
  const { tokens, options } = await readWordPiece(source, { ...base, options: MPNET_OPTIONS });
  return { tokens, options: { ...options, template: mpnetTemplate(options) } };
}

/** Whether a folder's files say that its tokenizer is MPNet's. */
export async function isMPNet(source: ModelSource): Promise<boolean> {
  const { tokenizer_class } = await readConfig(source);
  return /^mpnet(Tokenizer)?$/i.test((await tokenizerNamed(source, tokenizer_class ?? undefined)) ?? "");
}

/** MPNet's special tokens. */
const MPNET_OPTIONS: TokenizerOptions = {
  clsToken: "<s>",
  sepToken: "</s>",
  padToken: "<pad>",
  maskToken: "<mask>",
  addedTokens: [{ content: "<mask>", special: true, lstrip: true, normalized: false }],
};

function mpnetTemplate({ clsToken = "<s>", sepToken = "</s>" }: TokenizerOptions): TemplateOptions {
  const single = [`${clsToken}:0`, "$A:0", `${sepToken}:0`];
  return { single, pair: [...single, `${sepToken}:0`, "$B:1", `${sepToken}:1`] };
}

/**
 * Reads the tokenizer files of a Hub repository, of whichever type the tokenizer is.
 *
 * @throws BertletError as {@link readTokenizerFiles}, `unsupported` for a type that is not known
 */
export async function readAnyTokenizerFiles(from: ModelSourceLike): Promise<AnyTokenizerFiles> {
  const source = await openSource(from);
  const json = await readJson(source, "tokenizer.json");
  switch (await tokenizerType(source, json)) {
    case "BPE":
      return { type: "bpe", ...(await readBpe(source, json)) };
    case "Unigram":
      return { type: "unigram", ...(await readUnigram(source, json)) };
    default:
      return { type: "wordpiece", ...(await readTokenizerFiles(source)) };
  }
}

/** The algorithm of a folder's tokenizer. @param json tokenizer.json, if there is one */
export async function tokenizerType(source: ModelSource, json: unknown): Promise<string> {
  if (json !== undefined) return v.parse(modelTypeSchema, json).model.type;
  if (await source.read("merges.txt")) return "BPE";
  return (await findSentencePiece(source)) ? "Unigram" : "WordPiece";
}

/** @throws BertletError as {@link readTokenizerFiles} */
export async function readBpeFiles(from: ModelSourceLike): Promise<BpeFiles> {
  const source = await openSource(from);
  return readBpe(source, await readJson(source, "tokenizer.json"));
}

/** How a SentencePiece model is converted, where a class or its caller says so; otherwise as the files say. */
export type SentencePieceSettings = Partial<FoldSettings> & { readonly family?: SentencePieceFamily };

/** @throws BertletError as {@link readTokenizerFiles} */
export async function readUnigramFiles(
  from: ModelSourceLike,
  settings: SentencePieceSettings = {},
): Promise<UnigramFiles> {
  const source = await openSource(from);
  return readUnigram(source, await readJson(source, "tokenizer.json"), settings);
}

async function readBpe(source: ModelSource, json: unknown): Promise<BpeFiles> {
  const base = json === undefined ? await readBpeVocabulary(source) : readBpeJson(json);
  const { shared, config } = await readShared(source, base.options);
  const own = defined({ addPrefixSpace: config.add_prefix_space, trimOffsets: config.trim_offsets });
  return { ...base, options: { ...base.options, ...shared, ...own } };
}

async function readUnigram(
  source: ModelSource,
  json: unknown,
  settings: SentencePieceSettings = {},
): Promise<UnigramFiles> {
  if (json === undefined) return readModel(source, settings);
  const base = readUnigramJson(json);
  const { shared } = await readShared(source, base.options);
  return { ...base, options: { ...base.options, ...shared } };
}

/** The tokenizer of a folder with a SentencePiece model and without a tokenizer.json. */
async function readModel(
  source: ModelSource,
  { family, doLowerCase, keepAccents }: SentencePieceSettings,
): Promise<UnigramFiles> {
  const config = await readConfig(source);
  const base = await readSentencePiece({
    ...(await openSentencePiece(source, family, config.tokenizer_class ?? undefined)),
    doLowerCase: doLowerCase ?? config.do_lower_case ?? true,
    keepAccents: keepAccents ?? config.keep_accents ?? false,
  });
  const { shared } = await readShared(source, base.options, config);
  return { ...base, options: withRoles({ ...base.options, ...shared }) };
}

/** What the files beside a SentencePiece model say, for a tokenizer that calls SentencePiece itself. */
export interface SlowUnigramFiles {
  readonly bytes: Uint8Array;
  readonly options: SharedSettings;
  readonly config: TokenizerConfig;
}

/**
 * @param base what the family has of its own
 * @throws BertletError `not_found` without the family's model file, `invalid_checkpoint` for another file that is broken
 */
export async function readSlowUnigramFiles(
  from: ModelSourceLike,
  family: SentencePieceFamily,
  base: SharedSettings,
): Promise<SlowUnigramFiles> {
  const source = await openSource(from);
  const config = await readConfig(source);
  const { bytes } = await openSentencePiece(source, family, undefined);
  const { shared } = await readShared(source, base, config);
  return { bytes, options: withRoles({ ...base, ...shared }), config };
}

async function readWordPiece(source: ModelSource, base: TokenizerFiles): Promise<TokenizerFiles> {
  const { shared, config } = await readShared(source, base.options);
  const own = defined({
    doLowerCase: config.do_lower_case,
    stripAccents: config.strip_accents,
    tokenizeChineseChars: config.tokenize_chinese_chars,
    doBasicTokenize: config.do_basic_tokenize,
    neverSplit: config.never_split,
  });
  return { tokens: base.tokens, options: withoutDefaultTemplate({ ...base.options, ...shared, ...own }) };
}

/** What the files beside tokenizer.json say of a tokenizer of any type. @param base what tokenizer.json says */
async function readShared(
  source: ModelSource,
  base: { readonly addedTokens?: readonly AddedTokenInit[] | undefined },
  given?: TokenizerConfig,
) {
  const config = given ?? (await readConfig(source));
  const map = check(
    specialTokensSchema,
    (await readJson(source, "special_tokens_map.json")) ?? {},
    "special_tokens_map.json",
  );
  const ids = check(addedIdsSchema, (await readJson(source, "added_tokens.json")) ?? {}, "added_tokens.json");

  const fromMap = specialTokens(map);
  const fromConfig = specialTokens(config);
  const shared = {
    ...fromMap.names,
    ...fromConfig.names,
    ...defined({
      modelMaxLength: (config.model_max_length ?? NO_MAXIMUM) < NO_MAXIMUM ? config.model_max_length : undefined,
      paddingSide: config.padding_side,
      truncationSide: config.truncation_side,
      cleanUpTokenizationSpaces: config.clean_up_tokenization_spaces,
    }),
    addedTokens: mergeAddedTokens([
      ...(base.addedTokens ?? []),
      ...Array.from(ids, ([content, id]) => ({ content, id, normalized: true })),
      ...fromMap.tokens,
      ...fromConfig.tokens,
      ...Array.from(config.added_tokens_decoder ?? [], ([id, token]) => ({
        ...addedToken(token),
        id: check(writtenIdSchema, id, "tokenizer_config.json: added_tokens_decoder"),
      })),
    ]),
  };
  return { shared, config };
}

/** tokenizer_config.json. @throws BertletError `invalid_checkpoint` */
export async function readConfig(source: ModelSource): Promise<TokenizerConfig> {
  return check(configSchema, (await readJson(source, "tokenizer_config.json")) ?? {}, "tokenizer_config.json");
}

async function readVocabularyFile(source: ModelSource): Promise<TokenizerFiles> {
  const bytes = await source.read("vocab.txt");
  if (!bytes) throw new BertletError("not_found", "there is neither a tokenizer.json nor a vocab.txt");
  return { tokens: readVocabulary(decodeUtf8(bytes)), options: {} };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new BertletError("invalid_checkpoint", "vocab.txt is not UTF-8", { cause });
  }
}

/**
 * The tokens of a vocab.txt, one per line, in id order.
 *
 * @throws BertletError `invalid_checkpoint` for more lines than a vocabulary may have tokens
 */
export function readVocabulary(text: string): string[] {
  const tokens: string[] = [];
  let start = 0;
  for (const { 0: end, index } of text.matchAll(/\r\n|\r|\n/g)) {
    if (tokens.push(text.slice(start, index)) > LARGEST_VOCABULARY) throw tooManyTokens();
    start = index + end.length;
  }
  if (start < text.length) tokens.push(text.slice(start));
  return tokens;
}

/**
 * The tokens and options in a tokenizer.json.
 *
 * @throws BertletError `invalid_checkpoint` or `unsupported` as {@link readTokenizerFiles}
 */
export function readTokenizerJson(json: unknown): TokenizerFiles {
  requireBert(json);
  const { added_tokens, normalizer, post_processor, decoder, model } = check(
    tokenizerJsonSchema,
    json,
    "tokenizer.json",
  );
  const tokens: string[] = [];
  for (const [token, id] of model.vocab) tokens[id] = token;
  const options: TokenizerOptions = {
    ...templateOf(post_processor),
    ...defined({
      cleanText: normalizer.clean_text,
      tokenizeChineseChars: normalizer.handle_chinese_chars,
      stripAccents: normalizer.strip_accents,
      doLowerCase: normalizer.lowercase,
      unkToken: model.unk_token,
      continuingSubwordPrefix: model.continuing_subword_prefix,
      maxInputCharsPerWord: model.max_input_chars_per_word,
      decoderCleanup: decoder?.cleanup,
    }),
    addedTokens: added_tokens.map((token) => ({ ...addedToken(token), id: token.id })),
  };
  return { tokens: Array.from(tokens, (token) => token ?? ""), options };
}

/** @throws BertletError `unsupported` for another kind of tokenizer, before the schema says what is wrong in a BERT tokenizer's file */
function requireBert(json: unknown): void {
  const kind = v.safeParse(kindSchema, json);
  if (!kind.success) return;
  const { normalizer, pre_tokenizer, model } = kind.output;
  const found = [model.type, normalizer.type, pre_tokenizer.type].join(", ");
  if (found === "WordPiece, BertNormalizer, BertPreTokenizer") return;
  throw new BertletError("unsupported", `tokenizer.json is not a BERT tokenizer's: ${found}`);
}

/** Leaves BERT's own template to its default, which follows the names of [CLS] and [SEP]. */
function withoutDefaultTemplate(options: TokenizerOptions): TokenizerOptions {
  const { template, clsToken = "[CLS]", sepToken = "[SEP]", ...others } = options;
  const isDefault = template && isSameTemplate(template, bertTemplate(clsToken, sepToken));
  return { ...others, clsToken, sepToken, ...(template && !isDefault && { template }) };
}

/** An added token; from a file that names it without saying anything else of it, so marked. */
type NamedToken = AddedTokenInit & { readonly isNameAlone?: boolean };

function specialTokens(file: SpecialTokens): {
  names: TokenizerOptions;
  tokens: NamedToken[];
} {
  const names = defined({
    unkToken: content(file.unk_token),
    sepToken: content(file.sep_token),
    padToken: content(file.pad_token),
    clsToken: content(file.cls_token),
    maskToken: content(file.mask_token),
  });
  const all = [
    file.unk_token,
    file.sep_token,
    file.pad_token,
    file.cls_token,
    file.mask_token,
    ...(file.additional_special_tokens ?? []),
  ];
  const tokens = all
    .filter((token) => token !== null && token !== undefined)
    .map((token) =>
      typeof token === "string"
        ? { content: token, special: true, isNameAlone: true }
        : { ...addedToken(token), special: true },
    );
  return { names, tokens };
}

function content(token: TokenEntry | null | undefined): string | undefined {
  return typeof token === "string" ? token : token?.content;
}

/**
 * The options with the tokens that a model needs among the added ones, as the reference's classes of SentencePiece's families add them: those that
 * the vocabulary does not have get ids in this order, and a mask takes the space before it.
 */
export function withRoles<O extends SharedSettings>(options: O): O {
  const { clsToken = "<s>", sepToken = "</s>", unkToken = "<unk>", padToken = "<pad>", maskToken = "<mask>" } = options;
  const roles: AddedTokenInit[] = [clsToken, sepToken, unkToken, padToken].map((content) => ({
    content,
    special: true,
  }));
  const mask = { content: maskToken, lstrip: true, normalized: false };
  const addedTokens = mergeAddedTokens([...roles, mask, ...(options.addedTokens ?? [])]);
  return {
    ...options,
    addedTokens: addedTokens.map((token) => (token.content === maskToken ? { ...token, special: true } : token)),
  };
}

/** One entry per token; later files override what earlier ones say of it, but by its name alone a token stays what it is. */
function mergeAddedTokens(tokens: readonly NamedToken[]): AddedTokenInit[] {
  const byContent = new Map<string, AddedTokenInit>();
  for (const { isNameAlone, ...token } of tokens) {
    const known = byContent.get(token.content);
    byContent.set(token.content, isNameAlone ? { ...token, ...known } : { ...known, ...token });
  }
  return [...byContent.values()];
}
