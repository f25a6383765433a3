// Reads a tokenizer's files (tokenizer.json, vocab.txt, tokenizer_config.json, special_tokens_map.json, added_tokens.json) into a list of tokens
// and options. It checks that they describe a BERT tokenizer.
import * as v from "valibot";
import { BertletError } from "../../errors.ts";
import { type ModelSource, type ModelSourceLike, openSource, readJson } from "../../source/source.ts";
import type { AddedTokenInit, TokenizerOptions } from "../options.ts";
import {
  bertTemplate,
  compileTemplate,
  isSameTemplate,
  robertaTemplate,
  specialTokensIn,
  type TemplateOptions,
} from "../template.ts";
import { LARGEST_VOCABULARY, tooManyTokens } from "../vocabulary.ts";
import {
  type AddedTokenEntry,
  addedIdsSchema,
  configSchema,
  kindSchema,
  type PieceEntry,
  type PostProcessor,
  type SpecialTokens,
  specialTokensSchema,
  type TokenEntry,
  tokenizerJsonSchema,
  writtenIdSchema,
} from "./schemas.ts";

/** The contents of the files: the vocabulary in id order, and options. */
export interface TokenizerFiles {
  tokens: string[];
  options: TokenizerOptions;
}

/** The reference writes 1e30 for "no maximum". */
const NO_MAXIMUM = 1e20;

/**
 * Reads the tokenizer files of a Hub repository. tokenizer_config.json wins over special_tokens_map.json and over tokenizer.json, as in the reference.
 *
 * @throws BertletError `not_found` without tokenizer.json and vocab.txt, `invalid_checkpoint` for a file that is broken, `unsupported` for one
 * that is not a BERT tokenizer's
 * @example
 * const { tokens } = await readTokenizerFiles({ "vocab.txt": new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\n") });
 */
export async function readTokenizerFiles(from: ModelSourceLike): Promise<TokenizerFiles> {
  const source = await openSource(from);
  const json = await readJson(source, "tokenizer.json");
  const base = json === undefined ? await readVocabularyFile(source) : readTokenizerJson(json);
  const config = check(configSchema, (await readJson(source, "tokenizer_config.json")) ?? {}, "tokenizer_config.json");
  const map = check(
    specialTokensSchema,
    (await readJson(source, "special_tokens_map.json")) ?? {},
    "special_tokens_map.json",
  );
  const ids = check(addedIdsSchema, (await readJson(source, "added_tokens.json")) ?? {}, "added_tokens.json");

  const fromMap = specialTokens(map);
  const fromConfig = specialTokens(config);
  const options: TokenizerOptions = {
    ...base.options,
    ...fromMap.names,
    ...fromConfig.names,
    ...defined({
      doLowerCase: config.do_lower_case,
      stripAccents: config.strip_accents,
      tokenizeChineseChars: config.tokenize_chinese_chars,
      doBasicTokenize: config.do_basic_tokenize,
      neverSplit: config.never_split,
      modelMaxLength: (config.model_max_length ?? NO_MAXIMUM) < NO_MAXIMUM ? config.model_max_length : undefined,
      paddingSide: config.padding_side,
      truncationSide: config.truncation_side,
      cleanUpTokenizationSpaces: config.clean_up_tokenization_spaces,
    }),
    addedTokens: mergeAddedTokens([
      ...(base.options.addedTokens ?? []),
      ...Array.from(ids, ([content, id]) => ({ content, id, normalized: true })),
      ...fromMap.tokens,
      ...fromConfig.tokens,
      ...Array.from(config.added_tokens_decoder ?? [], ([id, token]) => ({
        ...addedToken(token),
        id: check(writtenIdSchema, id, "tokenizer_config.json: added_tokens_decoder"),
      })),
    ]),
  };
  return { tokens: base.tokens, options: withoutDefaultTemplate(options) };
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

/** The template, and the names of its first and last special token. */
function templateOf(processor: PostProcessor | null | undefined): TokenizerOptions {
  if (!processor) return {};
  if (processor.type === "BertProcessing") return { clsToken: processor.cls[0], sepToken: processor.sep[0] };
  if (processor.type === "RobertaProcessing") {
    const [clsToken, sepToken] = [processor.cls[0], processor.sep[0]];
    return { clsToken, sepToken, template: robertaTemplate(clsToken, sepToken) };
  }
  const write = (pieces: readonly PieceEntry[]) => pieces.map((piece) => writePiece(piece, processor.special_tokens));
  const template = { single: write(processor.single), pair: write(processor.pair) };
  checkTemplate(template);
  const tokens = specialTokensIn(template.single);
  return { ...defined({ clsToken: tokens[0], sepToken: tokens.at(-1) }), template };
}

function checkTemplate(template: TemplateOptions): void {
  try {
    compileTemplate(template, () => 0);
  } catch (cause) {
    throw new BertletError("invalid_checkpoint", `tokenizer.json: ${(cause as Error).message}`, { cause });
  }
}

function writePiece(piece: PieceEntry, tokens: ReadonlyMap<string, { tokens: string[] }>): string {
  if ("Sequence" in piece) return `$${piece.Sequence.id}:${piece.Sequence.type_id}`;
  const { id, type_id } = piece.SpecialToken;
  const names = tokens.get(id)?.tokens ?? [id];
  if (names.length !== 1)
    throw new BertletError("unsupported", `tokenizer.json: special token ${id} stands for ${names.length} tokens`);
  return `${names[0]}:${type_id}`;
}

/** Leaves BERT's own template to its default, which follows the names of [CLS] and [SEP]. */
function withoutDefaultTemplate(options: TokenizerOptions): TokenizerOptions {
  const { template, clsToken = "[CLS]", sepToken = "[SEP]", ...others } = options;
  const isDefault = template && isSameTemplate(template, bertTemplate(clsToken, sepToken));
  return { ...others, clsToken, sepToken, ...(template && !isDefault && { template }) };
}

function specialTokens(file: SpecialTokens): {
  names: TokenizerOptions;
  tokens: AddedTokenInit[];
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
      typeof token === "string" ? { content: token, special: true } : { ...addedToken(token), special: true },
    );
  return { names, tokens };
}

function content(token: TokenEntry | null | undefined): string | undefined {
  return typeof token === "string" ? token : token?.content;
}

function addedToken(token: AddedTokenEntry): AddedTokenInit {
  const { content, special, single_word: singleWord, lstrip, rstrip, normalized } = token;
  return { content, ...defined({ special, singleWord, lstrip, rstrip, normalized }) };
}

/** One entry per token; later files override what earlier ones say of it. */
function mergeAddedTokens(tokens: readonly AddedTokenInit[]): AddedTokenInit[] {
  const byContent = new Map<string, AddedTokenInit>();
  for (const token of tokens) byContent.set(token.content, { ...byContent.get(token.content), ...token });
  return [...byContent.values()];
}

/** The object without its null and undefined values. */
function defined<T extends Record<string, unknown>>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function check<S extends v.GenericSchema>(schema: S, value: unknown, name: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BertletError("invalid_checkpoint", `${name}: ${v.getDotPath(issue) ?? "the file"}: ${issue.message}`);
}
