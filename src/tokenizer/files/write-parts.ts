// What the writers of all tokenizers share.
import type { AddedToken } from "../added-tokens.ts";
import { type SharedOptions, templateOptions } from "../options.ts";
import { parsePiece, specialTokensIn } from "../template.ts";
import type { WrittenTokenizer } from "../tokenizer-core.ts";
import type { TokenTable } from "../vocabulary.ts";

type Written = WrittenTokenizer<SharedOptions>;

/** The tokens of a vocabulary with their ids, in order of id. */
export function vocabularyEntries(vocabulary: TokenTable): [token: string, id: number][] {
  return Array.from({ length: vocabulary.size }, (_, id) => [vocabulary.token(id), id] as const).filter(
    (entry): entry is [string, number] => entry[0] !== undefined,
  );
}

/** tokenizer.json's list of added tokens. */
export function addedTokenEntries({ addedTokens }: Written): object[] {
  return addedTokens.map((token) => ({ id: token.id, ...flagsOf(token) }));
}

/**
 * The template as a post-processor.
 * @param byteLevel settings of a byte-level tokenizer, which RoBERTa's processor carries
 */
export function postProcessor({ options, idOf }: Written, byteLevel?: object): object {
  const template = templateOptions(options);
  if (byteLevel) {
    const { clsToken, sepToken } = options;
    return {
      type: "RobertaProcessing",
      sep: [sepToken, idOf(sepToken)],
      cls: [clsToken, idOf(clsToken)],
      ...byteLevel,
    };
  }
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

/** The settings of tokenizer_config.json that any tokenizer has. */
export function sharedConfig(tokenizer: Written): Record<string, unknown> {
  const { options, addedTokens } = tokenizer;
  return {
    added_tokens_decoder: Object.fromEntries(addedTokens.map((token) => [String(token.id), flagsOf(token)])),
    ...specialTokensMap(tokenizer),
    clean_up_tokenization_spaces: options.cleanUpTokenizationSpaces,
    ...(options.modelMaxLength !== null && { model_max_length: options.modelMaxLength }),
    padding_side: options.paddingSide,
    truncation_side: options.truncationSide,
  };
}

export function specialTokensMap({ options, addedTokens }: Written): object {
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

export function encodeJson(value: object): Uint8Array {
  return encodeText(`${JSON.stringify(value, null, 2)}\n`);
}

export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
