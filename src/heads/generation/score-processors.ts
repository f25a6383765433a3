// What changes the scores of the next token before one is chosen, in the reference's order. Each follows its LogitsProcessor.
import type { GenerationOptions } from "./options.ts";

/** Changes the scores [V] of the token after `ids` in place; the first `prompt` of them are the prompt. */
export type ScoreProcessor = (scores: Float32Array, ids: readonly number[], prompt: number) => void;

/** What the options ask for, as one processor. */
export function scoreProcessor(options: GenerationOptions): ScoreProcessor {
  const { repetitionPenalty = 1, noRepeatNgramSize = 0, minLength = 0, minNewTokens = 0 } = options;
  const { stopTokenIds = [], badWordsIds = [], suppressTokens = [], beginSuppressTokens = [] } = options;
  const words = badWordsIds.filter((word) => word.length > 1 || !stopTokenIds.includes(word[0]!));
  return (scores, ids, prompt) => {
    if (repetitionPenalty !== 1) penalise(scores, ids, repetitionPenalty);
    if (noRepeatNgramSize > 0) ban(scores, repeating(ids, noRepeatNgramSize));
    ban(scores, ending(words, ids));
    if (ids.length < minLength || ids.length - prompt < minNewTokens) ban(scores, stopTokenIds);
    ban(scores, suppressTokens);
    if (ids.length === prompt) ban(scores, beginSuppressTokens);
  };
}

function ban(scores: Float32Array, tokens: readonly number[]): void {
  for (const token of tokens) scores[token] = Number.NEGATIVE_INFINITY;
}

function penalise(scores: Float32Array, ids: readonly number[], penalty: number): void {
  for (const id of new Set(ids)) scores[id] = scores[id]! < 0 ? scores[id]! * penalty : scores[id]! / penalty;
}

/** The tokens that would repeat a sequence of `size` tokens of the row. */
function repeating(ids: readonly number[], size: number): number[] {
  const start = ids.length - (size - 1);
  const tokens: number[] = [];
  for (let at = 0; at + size <= ids.length; at++) {
    if (matches(ids, at, ids, start, size - 1)) tokens.push(ids[at + size - 1]!);
  }
  return tokens;
}

/** The last tokens of the words whose other tokens end the row. */
function ending(words: readonly (readonly number[])[], ids: readonly number[]): number[] {
  const almost = words.filter((word) => {
    const before = word.length - 1;
    return before === 0 || (word.length <= ids.length && matches(word, 0, ids, ids.length - before, before));
  });
  return almost.map((word) => word.at(-1)!);
}

/** Whether `length` tokens of `a` from `i` are those of `b` from `j`. */
function matches(a: readonly number[], i: number, b: readonly number[], j: number, length: number): boolean {
  for (let k = 0; k < length; k++) if (a[i + k] !== b[j + k]) return false;
  return true;
}
