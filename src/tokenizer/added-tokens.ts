// Tokens that are found in the text before it is cut into pieces: special tokens such as [MASK], and words that users add.
import { BertletError } from "../errors.ts";
import type { AddedTokenInit, SharedOptions } from "./options.ts";
import type { Match, TokenMatcher } from "./token-matcher.ts";
import { LARGEST_VOCABULARY, type TokenTable } from "./vocabulary.ts";

/** A token added to the vocabulary, with its id. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly singleWord: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
}

/** The added tokens of a tokenizer, by content and by id. */
export class AddedTokens {
  readonly tokens: readonly AddedToken[];
  readonly #byContent: ReadonlyMap<string, AddedToken>;
  readonly #byId: ReadonlyMap<number, AddedToken>;

  /**
   * Fills in what the options leave out. The tokens that a model needs ([UNK] …) are special unless the options say otherwise; one that the
   * vocabulary does not have is left out. A token without an id gets the vocabulary's, or the next free one.
   *
   * @throws BertletError `invalid_config` for more ids than a vocabulary may have
   */
  constructor(options: SharedOptions, vocabulary: TokenTable) {
    const { unkToken, sepToken, padToken, clsToken, maskToken, addedTokens } = options;
    const names = new Set([unkToken, sepToken, padToken, clsToken, maskToken]);
    const byContent = new Map<string, AddedToken>();
    for (const content of names) {
      const id = vocabulary.id(content);
      if (id !== undefined) byContent.set(content, withDefaults({ content, special: true }, id));
    }
    let next = addedTokens.reduce((most, { id = -1 }) => Math.max(most, id + 1), vocabulary.size);
    for (const token of addedTokens) {
      const { content } = token;
      const id = token.id ?? vocabulary.id(content) ?? next++;
      byContent.set(content, { ...withDefaults(token, id), special: token.special ?? names.has(content) });
    }
    if (next > LARGEST_VOCABULARY)
      throw new BertletError("invalid_config", `there are more than ${LARGEST_VOCABULARY} token ids`);
    this.tokens = [...byContent.values()];
    this.#byContent = byContent;
    this.#byId = new Map(this.tokens.map((token) => [token.id, token]));
  }

  byContent(content: string): AddedToken | undefined {
    return this.#byContent.get(content);
  }

  byId(id: number): AddedToken | undefined {
    return this.#byId.get(id);
  }
}

function withDefaults(token: AddedTokenInit, id: number): AddedToken {
  const { content, special = false, singleWord = false, lstrip = false, rstrip = false } = token;
  return { id, content, special, singleWord, lstrip, rstrip, normalized: token.normalized ?? !special };
}

const WORD_CHARACTER = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE = /\p{White_Space}/u;

/**
 * Calls `piece` and `token` for the parts of text[from, to) in order. A token that must be a word of its own is skipped next to a word
 * character; one that strips takes the white space beside it.
 */
export function splitAtTokens(
  text: string,
  matcher: TokenMatcher,
  piece: (from: number, to: number) => void,
  token: (token: AddedToken, from: number, to: number) => void,
  from = 0,
  to = text.length,
): void {
  let done = from;
  for (const match of matcher.matches(text, from, to)) {
    if (match.token.singleWord && touchesWord(text, match, from, to)) continue;
    let { start, end } = match;
    if (match.token.lstrip) while (start > done && SPACE.test(text[start - 1]!)) start--;
    if (match.token.rstrip) while (end < to && SPACE.test(text[end]!)) end++;
    if (done < start) piece(done, start);
    token(match.token, start, end);
    done = end;
  }
  if (done < to) piece(done, to);
}

function touchesWord(text: string, { start, end }: Match, from: number, to: number): boolean {
  return (start > from && isWordBefore(text, start)) || (end < to && isWordAt(text, end));
}

function isWordAt(text: string, at: number): boolean {
  return WORD_CHARACTER.test(String.fromCodePoint(text.codePointAt(at)!));
}

function isWordBefore(text: string, at: number): boolean {
  const isPair =
    at > 1 && (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 2) & 0xfc00) === 0xd800;
  return isWordAt(text, isPair ? at - 2 : at - 1);
}
