// The parts of a slow tokenizer that calls SentencePiece: the model's pieces in the family's order, and the family's way with texts and tokens.
import type { AddedTokens } from "../../added-tokens.ts";
import { SLOW } from "../../conventions.ts";
import type { RowEncoding } from "../../encoding.ts";
import { withRoles } from "../../files/read.ts";
import { FAMILIES } from "../../files/sentencepiece/families.ts";
import { readSentencePieceModel } from "../../files/sentencepiece/model.ts";
import { type SentencePieceFamily, sentencePieceNames } from "../../files/sentencepiece-family.ts";
import { encodeJson, sharedConfig, specialTokensMap } from "../../files/write-parts.ts";
import type { AddedTokenInit, SharedOptions } from "../../options.ts";
import type { TokenizerParts, WrittenTokenizer } from "../../tokenizer-core.ts";
import { Pieces, preparePieces } from "../../unigram/pieces.ts";
import { stripWhitespace } from "../basic-tokenizer.ts";
import { SlowScanner } from "../slow-scanner.ts";
import { SentencePieceProcessor } from "./processor.ts";

export interface FamilyRules<O> {
  resolve(options: unknown): O;
  /** The pieces of a text between added tokens. */
  cut(processor: SentencePieceProcessor, options: O, text: string): string[];
  /** The text of tokens between added tokens that are not special. */
  join(processor: SentencePieceProcessor, tokens: readonly string[], isSpecial: (token: string) => boolean): string;
  /** What the family adds to tokenizer_config.json. */
  config(options: O): object;
}

/** @throws BertletError as {@link readSentencePieceModel}, `invalid_config` for an unknown option */
export function slowParts<O extends SharedOptions & { readonly doLowerCase?: boolean }>(
  file: Uint8Array,
  family: SentencePieceFamily,
  options: { readonly addedTokens?: readonly AddedTokenInit[] | undefined },
  rules: FamilyRules<O>,
): TokenizerParts<RowEncoding, O> {
  const { file: name, tokenizerClass } = sentencePieceNames(family);
  const model = readSentencePieceModel(file, name);
  const { pieces, specialTokens } = FAMILIES[family];
  const processor = new SentencePieceProcessor(model);
  const resolved = rules.resolve(options);
  let added: AddedTokens | undefined;
  const isSpecial = (token: string) => added?.byContent(token)?.special ?? false;
  return {
    vocabulary: new Pieces(preparePieces(pieces(model))),
    options: withSpecialRoles({ ...resolved, addedTokens: [...specialTokens, ...resolved.addedTokens] }),
    resolve: rules.resolve,
    makeScanner: (current, context) => {
      added = context.added;
      const lowerCase = current.doLowerCase ?? false;
      return new SlowScanner(context, { lowerCase, cut: (text) => rules.cut(processor, current, text) });
    },
    decoder: { type: "Slow", join: (tokens) => rules.join(processor, tokens, isSpecial) },
    conventions: SLOW,
    write: (tokenizer: WrittenTokenizer<O>) =>
      new Map([
        [name, file],
        [
          "tokenizer_config.json",
          encodeJson({
            ...sharedConfig(tokenizer),
            ...rules.config(tokenizer.options),
            tokenizer_class: tokenizerClass,
          }),
        ],
        ["special_tokens_map.json", encodeJson(specialTokensMap(tokenizer))],
      ]),
  };
}

/** The tokens that a model needs are special, whatever the files say of them: the slow tokenizers of the reference know them by their names. */
function withSpecialRoles<O extends SharedOptions>(options: O): O {
  const { clsToken, sepToken, unkToken, padToken, maskToken } = options;
  const names = [clsToken, sepToken, unkToken, padToken, maskToken];
  const named = withRoles(options);
  const addedTokens = named.addedTokens.map((token) =>
    names.includes(token.content) ? { ...token, special: true } : token,
  );
  return { ...named, addedTokens };
}

/** XLM-R's: marks are spaces. */
export function joinMarks(_: SentencePieceProcessor, tokens: readonly string[]): string {
  return stripWhitespace(tokens.join("").replaceAll("▁", " "));
}

/** ALBERT's and CamemBERT's: special tokens stand between what SentencePiece makes of the others, with a space before the first of several. */
export function joinAroundSpecial(
  processor: SentencePieceProcessor,
  tokens: readonly string[],
  isSpecial: (token: string) => boolean,
): string {
  let text = "";
  let others: string[] = [];
  let followsSpecial = false;
  for (const token of tokens) {
    if (isSpecial(token)) {
      text += `${followsSpecial ? "" : " "}${processor.decode(others)}${token}`;
      others = [];
    } else others.push(token);
    followsSpecial = isSpecial(token);
  }
  return stripWhitespace(text + processor.decode(others));
}
