// What callers pass as text: a text or a pair; or, split into words, a list of words or a pair of lists.
import { BertletError } from "../errors.ts";

/** A text, or a pair of texts for one row. */
export type TextInput = string | readonly [first: string, second: string];

/** A text split into words, or a pair of them. */
export type WordsInput = readonly string[] | readonly [first: readonly string[], second: readonly string[]];

export type PairInput = TextInput | WordsInput;

/** One text, whole or split into words. */
export type SplitInput = string | readonly string[];

/** @throws BertletError `invalid_input` for what is neither a text nor a pair */
export function toPair(input: PairInput, isSplitIntoWords: boolean, index: number): [SplitInput, SplitInput?] {
  if (!isSplitIntoWords) {
    if (typeof input === "string") return [input];
    if (isList(input) && input.length === 2 && input.every(isString)) return [input[0]!, input[1]!];
    throw wrongInput(index, "a text or a pair of texts");
  }
  if (isList(input) && input.every(isString)) return [input];
  if (isList(input) && input.length === 2 && input.every(isList)) return [input[0]!, input[1]!];
  throw wrongInput(index, "a list of words or a pair of lists of words");
}

/** @throws BertletError `invalid_input` for what is not a text */
export function checkText(text: SplitInput, index: number): string {
  if (typeof text !== "string") throw wrongInput(index, "a text");
  return text;
}

/** @throws BertletError `invalid_input` for what is not a list of words */
export function checkWords(words: SplitInput, index: number): readonly string[] {
  if (typeof words === "string" || !isList(words) || !words.every(isString)) throw wrongInput(index, "a list of words");
  return words;
}

function wrongInput(index: number, expected: string): BertletError {
  return new BertletError("invalid_input", `text ${index} is not ${expected}`);
}

const isList = <T>(value: unknown | readonly T[]): value is readonly T[] => Array.isArray(value);
const isString = (value: unknown): value is string => typeof value === "string";
