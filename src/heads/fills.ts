// Masked tokens: finding them in texts, and what a row of vocabulary logits each says of them. Shared by the heads that predict tokens.
import type { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import type { BertTokenizerFast, RaggedEncoding, TextInput } from "../tokenizer/tokenizer.ts";
import type { Feeds } from "../wasm/session.ts";
import { rowOf } from "./outputs.ts";
import { topIndices, toScores } from "./scores.ts";
import { int32 } from "./text-rows.ts";
import type { TextOptions, Tokenization } from "./tokenization.ts";

export interface FillOptions {
  /** How many tokens a mask, best first; 5 when left out. */
  readonly topK?: number | undefined;
  /** The only tokens to choose from; of a text that is no token, its first piece. Scores stay those over the whole vocabulary. */
  readonly targets?: string | readonly string[] | undefined;
}

/** A token for a mask. */
export interface Fill {
  readonly score: number;
  /** Its id. */
  readonly token: number;
  readonly token_str: string;
  /** The text with the token in the mask's place. */
  readonly sequence: string;
}

export interface MaskedRows {
  readonly encoding: RaggedEncoding;
  /** For a session: its token outputs have a row a mask. */
  readonly feeds: Feeds;
  /** The places of each text's masks in the encoding. */
  readonly masks: readonly (readonly number[])[];
}

/** @throws BertletError `invalid_input` for a text without a mask, `unsupported` for a vocabulary without one */
export function maskedRows(by: Tokenization, texts: readonly TextInput[], options: TextOptions): MaskedRows {
  const { tokenizer } = by;
  if (tokenizer.maskTokenId === undefined) throw new BertletError("unsupported", "the vocabulary has no mask token");
  const { encoding, feeds } = by.encode(texts, options);
  const masks: number[][] = texts.map(() => []);
  for (const row of texts.keys()) {
    for (let token = encoding.row_starts[row]!; token < encoding.row_starts[row + 1]!; token++) {
      if (encoding.input_ids[token] === tokenizer.maskTokenId) masks[row]!.push(token);
    }
    if (masks[row]!.length === 0)
      throw new BertletError("invalid_input", `text ${row} has no ${tokenizer.options.maskToken}`);
  }
  return { encoding, feeds: { ...feeds, output_tokens: int32(Int32Array.from(masks.flat())) }, masks };
}

/** The ids of targets; undefined for the whole vocabulary. @throws BertletError `invalid_input` where none of them has one */
export function targetIds(tokenizer: BertTokenizerFast, targets: FillOptions["targets"]): number[] | undefined {
  if (targets === undefined) return undefined;
  const ids = [targets].flat().flatMap((target) => {
    const id = tokenizer.convertTokenToId(target);
    if (id !== tokenizer.unkTokenId || target === tokenizer.options.unkToken) return [id];
    return tokenizer.encode(target, { addSpecialTokens: false }).slice(0, 1);
  });
  if (ids.length === 0) throw new BertletError("invalid_input", "none of the targets is a token");
  return [...new Set(ids)];
}

/** The likeliest tokens of each mask of each text; logits [masks, V]. */
export function fillMasks(
  tokenizer: BertTokenizerFast,
  { encoding, masks }: MaskedRows,
  logits: Tensor,
  targets: readonly number[] | undefined,
  { topK = 5 }: FillOptions,
): Fill[][][] {
  let row = 0;
  return masks.map((places, text) => {
    const [from, to] = [encoding.row_starts[text]!, encoding.row_starts[text + 1]!];
    const skipSpecialTokens = places.length === 1;
    return places.map((place) => {
      const scores = toScores(rowOf(logits, row++), "softmax");
      return bestTokens(scores, targets, topK).map((token) => {
        const ids = encoding.input_ids.slice(from, to);
        ids[place - from] = token;
        const sequence = tokenizer.decode(ids, { skipSpecialTokens });
        return { score: scores[token]!, token, token_str: tokenizer.decode([token]), sequence };
      });
    });
  });
}

function bestTokens(scores: Float32Array, targets: readonly number[] | undefined, topK: number): number[] {
  if (!targets) return topIndices(scores, topK);
  const ofTargets = Float32Array.from(targets, (id) => scores[id]!);
  return topIndices(ofTargets, topK).map((index) => targets[index]!);
}
