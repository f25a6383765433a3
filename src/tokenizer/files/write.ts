// A tokenizer's files as the reference writes and reads them: vocab.txt, tokenizer.json, tokenizer_config.json, special_tokens_map.json and
// added_tokens.json.
import { BertletError } from "../../errors.ts";
import type { ResolvedTokenizerOptions } from "../options.ts";
import type { WrittenTokenizer } from "../tokenizer-core.ts";
import type { TokenTable } from "../vocabulary.ts";
import {
  addedTokenEntries,
  encodeJson,
  encodeText,
  postProcessor,
  sharedConfig,
  specialTokensMap,
  vocabularyEntries,
} from "./write-parts.ts";

type Written = WrittenTokenizer<ResolvedTokenizerOptions>;

/**
 * The files by name.
 *
 * @throws BertletError `unsupported` for a token with a line break, which vocab.txt cannot hold
 */
export function writeTokenizerFiles(tokenizer: Written): Map<string, Uint8Array> {
  const files = new Map([
    ["vocab.txt", encodeText(vocabularyText(tokenizer.vocabulary))],
    ["tokenizer.json", encodeJson(tokenizerJson(tokenizer))],
    ["tokenizer_config.json", encodeJson(tokenizerConfig(tokenizer))],
    ["special_tokens_map.json", encodeJson(specialTokensMap(tokenizer))],
  ]);
  const beyond = tokenizer.addedTokens.filter(({ id }) => id >= tokenizer.vocabulary.size);
  if (beyond.length > 0)
    files.set("added_tokens.json", encodeJson(Object.fromEntries(beyond.map(({ content, id }) => [content, id]))));
  return files;
}

function vocabularyText(vocabulary: TokenTable): string {
  const tokens = Array.from({ length: vocabulary.size }, (_, id) => vocabulary.token(id) ?? "");
  const broken = tokens.find((token) => /[\r\n]/.test(token));
  if (broken !== undefined)
    throw new BertletError("unsupported", `vocab.txt cannot hold ${JSON.stringify(broken)}, which has a line break`);
  return tokens.map((token) => `${token}\n`).join("");
}

function tokenizerJson(tokenizer: Written): object {
  const { options } = tokenizer;
  const { cleanText, tokenizeChineseChars, stripAccents, doLowerCase, continuingSubwordPrefix } = options;
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokenEntries(tokenizer),
    normalizer: {
      type: "BertNormalizer",
      clean_text: cleanText,
      handle_chinese_chars: tokenizeChineseChars,
      strip_accents: stripAccents,
      lowercase: doLowerCase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: postProcessor(tokenizer),
    decoder: { type: "WordPiece", prefix: continuingSubwordPrefix, cleanup: options.decoderCleanup },
    model: {
      type: "WordPiece",
      unk_token: options.unkToken,
      continuing_subword_prefix: continuingSubwordPrefix,
      max_input_chars_per_word: options.maxInputCharsPerWord,
      vocab: Object.fromEntries(vocabularyEntries(tokenizer.vocabulary)),
    },
  };
}

function tokenizerConfig(tokenizer: Written): object {
  const { options } = tokenizer;
  return {
    ...sharedConfig(tokenizer),
    do_basic_tokenize: options.doBasicTokenize,
    do_lower_case: options.doLowerCase,
    never_split: options.neverSplit.length > 0 ? options.neverSplit : null,
    strip_accents: options.stripAccents,
    tokenize_chinese_chars: options.tokenizeChineseChars,
    // The reference's BertTokenizer knows BERT's template only.
    tokenizer_class: options.template === null ? "BertTokenizer" : "PreTrainedTokenizerFast",
  };
}
