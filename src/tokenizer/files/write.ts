// A tokenizer's files as the reference writes and reads them: vocab.txt, tokenizer.json, tokenizer_config.json, special_tokens_map.json and
// added_tokens.json.
import { BertletError } from "../../errors.ts";
import type { AddedToken } from "../added-tokens.ts";
import { type ResolvedTokenizerOptions, templateOptions } from "../options.ts";
import { parsePiece, specialTokensIn, type TemplateOptions } from "../template.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** What is written of a tokenizer. */
export interface WrittenTokenizer {
  readonly options: ResolvedTokenizerOptions;
  readonly vocabulary: Vocabulary;
  readonly addedTokens: readonly AddedToken[];
  idOf(token: string): number;
}

/**
 * The files by name.
 *
 * @throws BertletError `unsupported` for a token with a line break, which vocab.txt cannot hold
 */
export function writeTokenizerFiles(tokenizer: WrittenTokenizer): Map<string, Uint8Array> {
  const added = tokenizer.addedTokens.toSorted((a, b) => a.id - b.id);
  const written = { ...tokenizer, addedTokens: added };
  const files = new Map([
    ["vocab.txt", encode(vocabularyText(tokenizer.vocabulary))],
    ["tokenizer.json", json(tokenizerJson(written))],
    ["tokenizer_config.json", json(tokenizerConfig(written))],
    ["special_tokens_map.json", json(specialTokensMap(written))],
  ]);
  const beyond = added.filter(({ id }) => id >= tokenizer.vocabulary.size);
  if (beyond.length > 0)
    files.set("added_tokens.json", json(Object.fromEntries(beyond.map(({ content, id }) => [content, id]))));
  return files;
}

function vocabularyText(vocabulary: Vocabulary): string {
  const tokens = Array.from({ length: vocabulary.size }, (_, id) => vocabulary.token(id) ?? "");
  const broken = tokens.find((token) => /[\r\n]/.test(token));
  if (broken !== undefined)
    throw new BertletError("unsupported", `vocab.txt cannot hold ${JSON.stringify(broken)}, which has a line break`);
  return tokens.map((token) => `${token}\n`).join("");
}

function tokenizerJson({ options, vocabulary, addedTokens, idOf }: WrittenTokenizer): object {
  const { cleanText, tokenizeChineseChars, stripAccents, doLowerCase, continuingSubwordPrefix } = options;
  const vocab = Array.from({ length: vocabulary.size }, (_, id) => [vocabulary.token(id), id] as const);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens.map((token) => ({ id: token.id, ...flagsOf(token) })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: cleanText,
      handle_chinese_chars: tokenizeChineseChars,
      strip_accents: stripAccents,
      lowercase: doLowerCase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: postProcessor(templateOptions(options), idOf),
    decoder: { type: "WordPiece", prefix: continuingSubwordPrefix, cleanup: options.decoderCleanup },
    model: {
      type: "WordPiece",
      unk_token: options.unkToken,
      continuing_subword_prefix: continuingSubwordPrefix,
      max_input_chars_per_word: options.maxInputCharsPerWord,
      vocab: Object.fromEntries(vocab.filter(([token]) => token !== undefined)),
    },
  };
}

function postProcessor(template: TemplateOptions, idOf: (token: string) => number): object {
  const names = new Set([...specialTokensIn(template.single), ...specialTokensIn(template.pair)]);
  const tokens = Array.from(names, (id) => [id, { id, ids: [idOf(id)], tokens: [id] }] as const);
  return {
    type: "TemplateProcessing",
    single: template.single.map(toEntry),
    pair: template.pair.map(toEntry),
    special_tokens: Object.fromEntries(tokens),
  };
}

function toEntry(piece: string): object {
  const { name, type: type_id } = parsePiece(piece);
  if (name === "$A" || name === "$B") return { Sequence: { id: name.slice(1), type_id } };
  return { SpecialToken: { id: name, type_id } };
}

function tokenizerConfig(tokenizer: WrittenTokenizer): object {
  const { options, addedTokens } = tokenizer;
  return {
    added_tokens_decoder: Object.fromEntries(addedTokens.map((token) => [String(token.id), flagsOf(token)])),
    ...specialTokensMap(tokenizer),
    clean_up_tokenization_spaces: options.cleanUpTokenizationSpaces,
    do_basic_tokenize: options.doBasicTokenize,
    do_lower_case: options.doLowerCase,
    ...(options.modelMaxLength !== null && { model_max_length: options.modelMaxLength }),
    never_split: options.neverSplit.length > 0 ? options.neverSplit : null,
    padding_side: options.paddingSide,
    strip_accents: options.stripAccents,
    tokenize_chinese_chars: options.tokenizeChineseChars,
    // The reference's BertTokenizer knows BERT's template only.
    tokenizer_class: options.template === null ? "BertTokenizer" : "PreTrainedTokenizerFast",
    truncation_side: options.truncationSide,
  };
}

function specialTokensMap({ options, addedTokens }: WrittenTokenizer): object {
  const { unkToken, sepToken, padToken, clsToken, maskToken } = options;
  const named = { unk_token: unkToken, sep_token: sepToken, pad_token: padToken, cls_token: clsToken };
  const hasMask = addedTokens.some(({ content }) => content === maskToken);
  const names: string[] = [...Object.values(named), maskToken];
  const others = addedTokens.filter(({ content, special }) => special && !names.includes(content));
  return {
    ...named,
    ...(hasMask && { mask_token: maskToken }),
    ...(others.length > 0 && { additional_special_tokens: others.map(({ content }) => content) }),
  };
}

function flagsOf({ content, singleWord: single_word, lstrip, rstrip, normalized, special }: AddedToken) {
  return { content, single_word, lstrip, rstrip, normalized, special };
}

function json(value: object): Uint8Array {
  return encode(`${JSON.stringify(value, null, 2)}\n`);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
