// Adding tokens to a tokenizer that is in use: the options that make it again with them.
import { BertletError } from "../errors.ts";
import type { AddedTokens } from "./added-tokens.ts";
import { type AddedTokenInit, resolveNewToken, type SharedOptions } from "./options.ts";
import type { TokenTable } from "./vocabulary.ts";

/** A token to add, as written or with its flags; its id is the vocabulary's or the next free one. */
export type NewToken = string | Omit<AddedTokenInit, "id">;

/** Names of the tokens that a model needs, and further special tokens. */
export interface NewSpecialTokens {
  readonly unkToken?: NewToken;
  readonly sepToken?: NewToken;
  readonly padToken?: NewToken;
  readonly clsToken?: NewToken;
  readonly maskToken?: NewToken;
  readonly additionalSpecialTokens?: readonly NewToken[];
}

/** The tokenizer as it is. */
export interface TokenState {
  readonly options: SharedOptions;
  readonly added: AddedTokens;
  readonly vocabulary: TokenTable;
}

export interface Addition {
  readonly options: unknown;
  /** How many of the tokens are new, by the count of the reference's fast or slow tokenizers. */
  readonly count: number;
}

/**
 * @param countsIds whether only tokens with a new id count (the slow reference), or all that were not added just so before (the fast one)
 * @throws BertletError `invalid_config` for a token that cannot be
 */
export function withTokens(
  { options, added, vocabulary }: TokenState,
  tokens: readonly NewToken[],
  special: boolean,
  countsIds: boolean,
): Addition {
  // Tokens that are there stay as they are, also when a name such as `padToken` leaves them.
  const byContent = new Map<string, AddedTokenInit>(added.tokens.map((token) => [token.content, token]));
  let count = 0;
  for (const token of tokens) {
    const init = resolveNewToken(typeof token === "string" ? { content: token } : token);
    const isSpecial = special || (init.special ?? false);
    const filled = { ...init, special: isSpecial, normalized: init.normalized ?? !isSpecial };
    const known = byContent.get(init.content);
    const isSame = known !== undefined && FLAGS.every((flag) => (known[flag] ?? filled[flag]) === filled[flag]);
    // A text stands for a token as it was added, whatever its flags.
    if (isSame || (countsIds && typeof token === "string" && known)) continue;
    const isInVocabulary = known !== undefined || vocabulary.id(init.content) !== undefined;
    if (!countsIds || !isInVocabulary) count++;
    // A special token stays special.
    const kept = known && { id: known.id, special: isSpecial || (known.special ?? false) };
    byContent.set(init.content, { ...filled, ...kept });
  }
  return { options: { ...options, addedTokens: [...byContent.values()] }, count };
}

const FLAGS = ["special", "singleWord", "lstrip", "rstrip", "normalized"] as const;

const NAMES = ["unkToken", "sepToken", "padToken", "clsToken", "maskToken"] as const;

/**
 * The options with tokens renamed, and the tokens to add.
 *
 * @throws BertletError `invalid_config` for an unknown name
 */
export function renamed<O extends SharedOptions>(
  options: O,
  tokens: NewSpecialTokens,
): { options: O; tokens: NewToken[] } {
  for (const name of Object.keys(tokens)) {
    if (![...NAMES, "additionalSpecialTokens"].includes(name)) {
      const known = [...NAMES, "additionalSpecialTokens"].join(", ");
      throw new BertletError("invalid_config", `there is no special token ${name}; the special tokens are ${known}`);
    }
  }
  const named = NAMES.flatMap((name) => (tokens[name] === undefined ? [] : [[name, tokens[name]] as const]));
  const contents = named.map(([name, token]) => [name, typeof token === "string" ? token : token.content]);
  const all = [...named.map(([, token]) => token), ...(tokens.additionalSpecialTokens ?? [])];
  return { options: { ...options, ...Object.fromEntries(contents) }, tokens: all };
}
