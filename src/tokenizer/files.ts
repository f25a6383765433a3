// Reads a tokenizer's files (tokenizer.json, vocab.txt, tokenizer_config.json, special_tokens_map.json, added_tokens.json) to a list of tokens and
// options. It checks that they describe a BERT tokenizer, and makes none.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { type ModelSourceLike, openSource, readJson } from "../source/source.ts";
import type { AddedTokenInit, TokenizerOptions } from "./options.ts";

/** What the files say: the vocabulary in id order, and options. */
export interface TokenizerFiles {
  tokens: string[];
  options: TokenizerOptions;
}

const addedTokenFields = {
  content: v.string(),
  special: v.optional(v.boolean()),
  single_word: v.optional(v.boolean()),
  lstrip: v.optional(v.boolean()),
  rstrip: v.optional(v.boolean()),
  normalized: v.optional(v.boolean()),
};
const addedTokenSchema = v.object(addedTokenFields);
/** A special token is written as a string or as an object. */
const tokenSchema = v.union([v.string(), addedTokenSchema]);
const id = v.pipe(v.number(), v.integer(), v.minValue(0));

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

const postProcessorSchema = v.union([
  v.object({ type: v.literal("TemplateProcessing"), single: v.array(pieceSchema), pair: v.array(pieceSchema) }),
  v.object({
    type: v.literal("BertProcessing"),
    sep: v.tuple([v.string(), v.number()]),
    cls: v.tuple([v.string(), v.number()]),
  }),
]);

const tokenizerJsonSchema = v.object({
  added_tokens: v.optional(v.array(v.object({ id, ...addedTokenFields })), []),
  normalizer: normalizerSchema,
  pre_tokenizer: v.object({ type: v.literal("BertPreTokenizer") }),
  post_processor: v.nullish(postProcessorSchema),
  decoder: v.nullish(v.object({ type: v.literal("WordPiece"), cleanup: v.optional(v.boolean()) })),
  model: v.object({
    type: v.optional(v.literal("WordPiece")),
    unk_token: v.optional(v.string()),
    continuing_subword_prefix: v.optional(v.string()),
    max_input_chars_per_word: v.optional(v.number()),
    vocab: v.record(v.string(), id),
  }),
});

const specialTokensSchema = v.object({
  unk_token: v.nullish(tokenSchema),
  sep_token: v.nullish(tokenSchema),
  pad_token: v.nullish(tokenSchema),
  cls_token: v.nullish(tokenSchema),
  mask_token: v.nullish(tokenSchema),
  additional_special_tokens: v.nullish(v.array(tokenSchema)),
});

const configSchema = v.object({
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
  added_tokens_decoder: v.nullish(v.record(v.string(), addedTokenSchema)),
});

/** The reference writes 1e30 for "no maximum". */
const NO_MAXIMUM = 1e20;
const LARGEST_VOCABULARY = 1 << 20;

/**
 * Reads what a Hub repository has. tokenizer_config.json wins over special_tokens_map.json and over tokenizer.json, as in the reference.
 *
 * @throws BertletError `not_found` without tokenizer.json and vocab.txt, `invalid_checkpoint` for a file that is broken, `unsupported` for one
 * that is not a BERT tokenizer's
 * @example
 * const { tokens } = await readTokenizerFiles({ "vocab.txt": new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\n") });
 */
export async function readTokenizerFiles(from: ModelSourceLike): Promise<TokenizerFiles> {
  const source = await openSource(from);
  const json = await readJson(source, "tokenizer.json");
  const base = json === undefined ? await fromVocabularyFile() : readTokenizerJson(json);
  const config = check(configSchema, (await readJson(source, "tokenizer_config.json")) ?? {}, "tokenizer_config.json");
  const map = check(
    specialTokensSchema,
    (await readJson(source, "special_tokens_map.json")) ?? {},
    "special_tokens_map.json",
  );
  const ids = check(v.record(v.string(), id), (await readJson(source, "added_tokens.json")) ?? {}, "added_tokens.json");

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
      ...Object.entries(ids).map(([content, id]) => ({ content, id, normalized: true })),
      ...fromMap.tokens,
      ...fromConfig.tokens,
      ...Object.entries(config.added_tokens_decoder ?? {}).map(([id, token]) => ({
        ...addedToken(token),
        id: Number(id),
      })),
    ]),
  };
  return { tokens: base.tokens, options };

  async function fromVocabularyFile(): Promise<TokenizerFiles> {
    const bytes = await source.read("vocab.txt");
    if (!bytes) throw new BertletError("not_found", "there is neither a tokenizer.json nor a vocab.txt");
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { tokens: readVocabulary(text), options: {} };
    } catch (cause) {
      throw new BertletError("invalid_checkpoint", "vocab.txt is not UTF-8", { cause });
    }
  }
}

/** The tokens of a vocab.txt, one a line, in id order. */
export function readVocabulary(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
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
  for (const [token, id] of Object.entries(model.vocab)) {
    if (id >= LARGEST_VOCABULARY) throw new BertletError("invalid_checkpoint", `tokenizer.json: id ${id} is too large`);
    tokens[id] = token;
  }
  const options: TokenizerOptions = {
    ...frameTokens(post_processor),
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

/** Says "unsupported" for another kind of tokenizer, before the schema says what is wrong in a BERT one. */
function requireBert(json: unknown): void {
  const kind = v.safeParse(
    v.object({
      normalizer: v.object({ type: v.string() }),
      pre_tokenizer: v.object({ type: v.string() }),
      model: v.object({ type: v.optional(v.string(), "WordPiece") }),
    }),
    json,
  );
  if (!kind.success) return;
  const { normalizer, pre_tokenizer, model } = kind.output;
  const found = [model.type, normalizer.type, pre_tokenizer.type].join(", ");
  if (found === "WordPiece, BertNormalizer, BertPreTokenizer") return;
  throw new BertletError("unsupported", `tokenizer.json is not a BERT tokenizer's: ${found}`);
}

/** [CLS] and [SEP] as the post-processor names them; any other frame than BERT's is refused. */
function frameTokens(processor: v.InferOutput<typeof postProcessorSchema> | null | undefined): TokenizerOptions {
  if (!processor) return {};
  if (processor.type === "BertProcessing") return { clsToken: processor.cls[0], sepToken: processor.sep[0] };
  const [cls, , sep] = processor.single;
  if (cls && sep && "SpecialToken" in cls && "SpecialToken" in sep) {
    const [c, s] = [cls.SpecialToken.id, sep.SpecialToken.id];
    const written = [...processor.single, ...processor.pair].map((piece) =>
      "Sequence" in piece
        ? `$${piece.Sequence.id}:${piece.Sequence.type_id}`
        : `${piece.SpecialToken.id}:${piece.SpecialToken.type_id}`,
    );
    const single = [`${c}:0`, "$A:0", `${s}:0`];
    if (written.join(" ") === [...single, ...single, "$B:1", `${s}:1`].join(" ")) return { clsToken: c, sepToken: s };
  }
  throw new BertletError("unsupported", "tokenizer.json puts other special tokens around a text than [CLS] and [SEP]");
}

function specialTokens(file: v.InferOutput<typeof specialTokensSchema>): {
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

function content(token: v.InferOutput<typeof tokenSchema> | null | undefined): string | undefined {
  return typeof token === "string" ? token : token?.content;
}

function addedToken(token: v.InferOutput<typeof addedTokenSchema>): AddedTokenInit {
  const { content, special, single_word: singleWord, lstrip, rstrip, normalized } = token;
  return { content, ...defined({ special, singleWord, lstrip, rstrip, normalized }) };
}

/** One entry a token: what a later file says is added to what an earlier one said. */
function mergeAddedTokens(tokens: readonly AddedTokenInit[]): AddedTokenInit[] {
  const byContent = new Map<string, AddedTokenInit>();
  for (const token of tokens) byContent.set(token.content, { ...byContent.get(token.content), ...token });
  return [...byContent.values()];
}

/** The object without what is null or undefined. */
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
