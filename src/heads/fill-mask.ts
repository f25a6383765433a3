// Masked tokens: where they are in texts, and which tokens the vocabulary's logits put there. Only the masked tokens meet the
// vocabulary: the logits are [masks, V].

import type { HeadSpec } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { count, either, listOf, natural, type OptionTable, text } from "../options.ts";
import type { Tensor } from "../tensor.ts";
import type { TextInput, Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Head } from "./head.ts";
import { rowOf } from "./outputs.ts";
import { topIndices, toScores } from "./scores.ts";
import { int32, type TextRows } from "./text-rows.ts";
import { pickTextOptions, TEXT_OPTIONS, type TextOptions, type Tokenization } from "./tokenization.ts";

export interface FillOptions {
  /** How many tokens per mask, best first; 5 when left out. */
  readonly topK?: number | undefined;
  /** The only tokens to choose from; of a text that is no token, its first piece. Scores stay those over the whole vocabulary. */
  readonly targets?: string | readonly string[] | undefined;
  /** The most masks in all texts together; no limit when left out. */
  readonly maxMasks?: number | undefined;
  /** The most tokens in all sequences of all answers together (`topK` per mask, each as long as its row); no limit when left out. */
  readonly maxFilledTokens?: number | undefined;
}

export interface FillMaskOptions extends FillOptions, TextOptions {}

export const FILL_MASK_OPTIONS: OptionTable<FillMaskOptions> = {
  ...TEXT_OPTIONS,
  topK: count,
  targets: either(text, listOf(text)),
  maxMasks: natural,
  maxFilledTokens: natural,
};

/** A token for a mask. */
export interface Fill {
  readonly score: number;
  /** Its id. */
  readonly token: number;
  readonly token_str: string;
  /** The text with the token in place of the mask. */
  readonly sequence: string;
}

/** Rows whose masks are the tokens to be predicted. */
export interface MaskRows<Input> extends TextRows<Input> {
  /** The masks of each text, as indices into the encoding. */
  readonly masks: readonly (readonly number[])[];
  /** The only tokens to choose from; undefined for the whole vocabulary. */
  readonly targets: readonly number[] | undefined;
}

/** For each text a list per mask, each with the likeliest tokens, best first. */
export function maskFiller(spec: HeadSpec): Head<TextInput, FillMaskOptions, Fill[][], MaskRows<TextInput>> {
  const logits = `${spec.name}.logits`;
  return {
    options: FILL_MASK_OPTIONS,
    fetches: () => [logits],
    encode: encodeMasks,
    decode: (outputs, rows, index, options) => fillsOf(outputs[logits], rows, index, options),
  };
}

/**
 * Texts as rows whose only token outputs are those of the masks.
 * @throws BertletError `invalid_input` for a text without a mask or targets of which none is known, `input_too_large` for more than the
 * options allow, `unsupported` for a vocabulary without a mask
 */
export function encodeMasks<Input extends TextInput>(
  texts: readonly Input[],
  tokenization: Tokenization,
  options: FillMaskOptions,
): MaskRows<Input> {
  const { tokenizer } = tokenization;
  if (tokenizer.maskTokenId === undefined) throw new BertletError("unsupported", "the vocabulary has no mask token");
  const targets = targetIds(tokenizer, options.targets);
  const rows = tokenization.encode(texts, pickTextOptions(options));
  const masks = rows.rows.map(([row]) => masksIn(rows, row!.from, row!.to));
  const maskless = masks.findIndex(({ length }) => length === 0);
  if (maskless >= 0) throw new BertletError("invalid_input", `text ${maskless} has no ${tokenizer.options.maskToken}`);
  checkSize(rows, masks, options);
  return { ...rows, masks, targets, feeds: { ...rows.feeds, output_tokens: int32(Int32Array.from(masks.flat())) } };
}

function masksIn({ encoding, tokenizer }: TextRows<TextInput>, from: number, to: number): number[] {
  const masks: number[] = [];
  for (let token = from; token < to; token++) {
    if (encoding.input_ids[token] === tokenizer.maskTokenId) masks.push(token);
  }
  return masks;
}

/** Few masks in short texts can ask for an answer of hundreds of megabytes, so its size is known before anything is computed. */
function checkSize(
  { rows }: TextRows<TextInput>,
  masks: readonly (readonly number[])[],
  { topK = 5, maxMasks = Number.POSITIVE_INFINITY, maxFilledTokens = Number.POSITIVE_INFINITY }: FillOptions,
): void {
  const all = masks.reduce((sum, { length }) => sum + length, 0);
  if (all > maxMasks) throw new BertletError("input_too_large", `there are ${all} masks, the limit is ${maxMasks}`);
  const filled = masks.reduce((sum, { length }, text) => {
    const { from, to } = rows[text]![0]!;
    return sum + topK * length * (to - from);
  }, 0);
  if (filled > maxFilledTokens) {
    const message = `the filled texts would have ${filled} tokens, the limit is ${maxFilledTokens}`;
    throw new BertletError("input_too_large", message);
  }
}

/** The ids of targets; undefined for the whole vocabulary. @throws BertletError `invalid_input` where none of them has one */
function targetIds(tokenizer: Tokenizer, targets: FillOptions["targets"]): number[] | undefined {
  if (targets === undefined) return undefined;
  const ids = [targets].flat().flatMap((target) => {
    const id = tokenizer.convertTokenToId(target);
    if (id !== tokenizer.unkTokenId || target === tokenizer.options.unkToken) return [id];
    return tokenizer.encode(target, { addSpecialTokens: false }).slice(0, 1);
  });
  if (ids.length === 0) throw new BertletError("invalid_input", "none of the targets is a token");
  return [...new Set(ids)];
}

/**
 * The likeliest tokens of each mask of text `index`; logits [masks, V]. Where a text has several masks, the others stay in `sequence`,
 * and so do special tokens, as in the reference.
 */
export function fillsOf(
  logits: Tensor | undefined,
  { encoding, rows, masks, targets, tokenizer }: MaskRows<TextInput>,
  index: number,
  { topK = 5 }: FillOptions,
): Fill[][] {
  const { from, to } = rows[index]![0]!;
  const firstRow = masks.slice(0, index).reduce((sum, { length }) => sum + length, 0);
  const own = masks[index]!;
  const skipSpecialTokens = own.length === 1;
  return own.map((mask, i) => {
    const scores = toScores(rowOf(logits, firstRow + i), "softmax");
    return bestTokens(scores, targets, topK).map((token) => {
      const ids = encoding.input_ids.slice(from, to);
      ids[mask - from] = token;
      const sequence = tokenizer.decode(ids, { skipSpecialTokens });
      return { score: scores[token]!, token, token_str: tokenizer.decode([token]), sequence };
    });
  });
}

function bestTokens(scores: Float32Array, targets: readonly number[] | undefined, topK: number): number[] {
  if (!targets) return topIndices(scores, topK);
  const ofTargets = Float32Array.from(targets, (id) => scores[id]!);
  return topIndices(ofTargets, topK).map((index) => targets[index]!);
}
