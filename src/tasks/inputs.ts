// The texts of a body: schemas for the shapes they come in, and checks of what a model can take.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { named, strictObject } from "../schemas.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { LIMITS } from "./limits.ts";

export const textOrTextsSchema = v.union([v.string(), v.array(v.string())], "expected a text or an array of texts");

export const pairSchema = v.strictTuple([v.string(), v.string()]);
export const textPairSchema = named("TextPair", strictObject({ text: v.string(), text_pair: v.string() }));
type Pair = v.InferOutput<typeof pairSchema | typeof textPairSchema>;

/** `inputs` of a classifier: a text, several, or pairs of texts. */
export const textsSchema = v.union(
  [v.string(), textPairSchema, v.array(v.string()), v.array(pairSchema), v.array(textPairSchema)],
  "expected a text, an array of texts or an array of pairs of texts",
);
export type Texts = v.InferOutput<typeof textsSchema>;

/** `inputs` of a task on pairs: one pair, or several. */
export const pairsSchema = v.union(
  [textPairSchema, v.array(pairSchema), v.array(textPairSchema)],
  "expected {text, text_pair} or an array of pairs of texts",
);

/**
 * The inputs as a list of checked texts.
 * @throws BertletError `empty_input`, `input_too_large`, or `invalid_input` for a lone surrogate
 */
export function listTexts(inputs: Texts): readonly TextInput[] {
  return checkTexts(listOf<string | Pair>(inputs).map((text) => (typeof text === "string" ? text : toPair(text))));
}

/** As {@link listTexts}, for inputs that are not pairs. */
export function listSingleTexts(inputs: string | readonly string[], limit?: number): readonly string[] {
  return checkTexts(listOf(inputs), limit);
}

/** As {@link listTexts}, for inputs that are all pairs. */
export function listPairs(inputs: v.InferOutput<typeof pairsSchema>): readonly [string, string][] {
  return checkTexts(listOf<Pair>(inputs).map(toPair));
}

function toPair(pair: Pair): [string, string] {
  return Array.isArray(pair) ? pair : [pair.text, pair.text_pair];
}

/** One input or several, as a list. */
export function listOf<T extends string | object>(inputs: T | readonly T[]): readonly T[] {
  return isList(inputs) ? inputs : [inputs];
}

/** The answers in the shape of the inputs: one for a single input, a list for a list. */
export function likeInputs<T>(inputs: unknown, answers: readonly T[]): T | T[] {
  return Array.isArray(inputs) ? [...answers] : answers[0]!;
}

function isList<T>(inputs: T | readonly T[]): inputs is readonly T[] {
  return Array.isArray(inputs);
}

/** @throws BertletError `empty_input` or `input_too_large` for a list of none or too many */
export function checkCount({ length }: { readonly length: number }, limit: number = LIMITS.texts): void {
  if (length === 0) throw new BertletError("empty_input", "there are no texts");
  if (length > limit) throw new BertletError("input_too_large", `there are ${length} texts, the limit is ${limit}`);
}

/** The same texts, checked. @throws BertletError as {@link listTexts} */
export function checkTexts<T extends TextInput>(texts: readonly T[], limit?: number): readonly T[] {
  checkCount(texts, limit);
  for (const [index, text] of texts.entries()) {
    for (const part of typeof text === "string" ? [text] : text) checkText(part, index);
  }
  return texts;
}

function checkText(text: string, index: number): void {
  if (text.trim() === "") throw new BertletError("empty_input", `text ${index} is empty`);
  if (text.length > LIMITS.text_characters) {
    throw new BertletError(
      "input_too_large",
      `text ${index} has ${text.length} characters, the limit is ${LIMITS.text_characters}`,
    );
  }
  if (!text.isWellFormed()) throw new BertletError("invalid_input", `text ${index} has a lone surrogate`);
}
