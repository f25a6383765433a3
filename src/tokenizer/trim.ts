// A tokenizer with fewer tokens: those of its vocabulary that are kept, with new ids in the same order. A text that the tokenizer cuts into tokens that are
// all kept is cut the same way after it.
import { BertletError } from "../errors.ts";
import { readAnyTokenizer } from "./relatives.ts";
import type { Tokenizer } from "./tokenizer-core.ts";

/** What of tokenizer.json is changed. */
interface TokenizerJson {
  readonly added_tokens: readonly { readonly id: number }[];
  readonly post_processor: { readonly special_tokens: Readonly<Record<string, { readonly ids: readonly number[] }>> };
  readonly model:
    | { readonly type: "WordPiece"; readonly vocab: Readonly<Record<string, number>> }
    | { readonly type: "Unigram"; readonly unk_id: number; readonly vocab: readonly (readonly [string, number])[] };
}

/**
 * The tokenizer with the tokens of `ids` alone.
 *
 * @param ids old ids in ascending order, those of all added tokens among them; the place of an id is its new one
 * @throws BertletError `unsupported` for a byte-level BPE, whose merges need tokens that no text shows; `invalid_input` for ids that are out of order or
 * lack an added token
 * @example
 * const ids = [0, 100, 101, 102, 103, 1045, 2293];
 * const small = await trimTokenizer(tokenizer, ids);
 * small.encode("I love"); // [2, 5, 6, 3]
 */
export async function trimTokenizer(tokenizer: Tokenizer, ids: readonly number[]): Promise<Tokenizer> {
  const idOf = new Map(ids.map((id, index) => [id, index]));
  check(tokenizer, ids, idOf);
  const files = tokenizer.toFiles();
  if (files.has("merges.txt"))
    throw new BertletError("unsupported", "the vocabulary of a byte-level BPE cannot be trimmed");
  const json: TokenizerJson = parse(files.get("tokenizer.json")!);
  const { added_tokens_decoder: _, ...config } = parse(files.get("tokenizer_config.json")!) as Record<string, unknown>;
  return readAnyTokenizer({
    "tokenizer.json": encode(withIds(json, ids, idOf)),
    "tokenizer_config.json": encode(config),
  });
}

function check(tokenizer: Tokenizer, ids: readonly number[], idOf: ReadonlyMap<number, number>): void {
  if (ids.some((id, index) => index > 0 && id <= ids[index - 1]!))
    throw new BertletError("invalid_input", "the ids to keep are to be in ascending order");
  const missing = tokenizer.addedTokens.find(({ id }) => !idOf.has(id));
  if (missing)
    throw new BertletError("invalid_input", `${missing.content} is an added token, which cannot be left out`);
}

function withIds(json: TokenizerJson, ids: readonly number[], idOf: ReadonlyMap<number, number>): object {
  const { added_tokens, post_processor, model } = json;
  const special = Object.entries(post_processor.special_tokens).map(([name, token]) => [
    name,
    { ...token, ids: token.ids.map((id) => idOf.get(id)) },
  ]);
  return {
    ...json,
    added_tokens: added_tokens.map((token) => ({ ...token, id: idOf.get(token.id) })),
    post_processor: { ...post_processor, special_tokens: Object.fromEntries(special) },
    model: { ...model, ...vocabularyOf(model, ids, idOf) },
  };
}

function vocabularyOf(model: TokenizerJson["model"], ids: readonly number[], idOf: ReadonlyMap<number, number>) {
  if (model.type === "Unigram") {
    const { vocab, unk_id } = model;
    // Added tokens may come after the pieces.
    return { vocab: ids.filter((id) => id < vocab.length).map((id) => vocab[id]), unk_id: idOf.get(unk_id) };
  }
  const kept = Object.entries(model.vocab).filter(([, id]) => idOf.has(id));
  return { vocab: Object.fromEntries(kept.map(([token, id]) => [token, idOf.get(id)])) };
}

function parse<T>(bytes: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(bytes));
}

function encode(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
