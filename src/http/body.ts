// Request bodies: JSON of bounded size, parsed by a schema, and texts that a model can take. Everything that is wrong is said here.
import type { Context } from "hono";
import * as v from "valibot";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { RequestError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * Reads a JSON body and checks it.
 * @throws RequestError `unsupported_media_type`, `input_too_large`, `invalid_json`, or `invalid_input` that names the field
 */
export async function readBody<Schema extends v.GenericSchema>(
  context: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  return parseBody(schema, await readJson(context));
}

/** @throws RequestError `unsupported_media_type`, `input_too_large` or `invalid_json` */
export async function readJson(context: Context): Promise<unknown> {
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new RequestError("unsupported_media_type", `the body is ${type ?? "of no type"}, not application/json`);
  }
  return parseJson(await context.req.arrayBuffer());
}

/** @throws RequestError `invalid_input` that names the field */
export function parseBody<Schema extends v.GenericSchema>(schema: Schema, body: unknown): v.InferOutput<Schema> {
  // Only the first is told: of a list of half a million wrong things, all would take seconds and gigabytes.
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new RequestError("invalid_input", describe(issue), { field: v.getDotPath(issue) });
}

function parseJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RequestError("invalid_json", "the body is not JSON in UTF-8", { cause });
  }
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path ? `${path}: ${issue.message}` : issue.message;
}

export const pairSchema = v.strictTuple([v.string(), v.string()]);
export const textPairSchema = v.strictObject({ text: v.string(), text_pair: v.string() });
type Pair = v.InferOutput<typeof pairSchema | typeof textPairSchema>;

/** `inputs` of a classifier: a text, several, or pairs of texts. */
export const textsSchema = v.union(
  [v.string(), textPairSchema, v.array(v.string()), v.array(pairSchema), v.array(textPairSchema)],
  "expected a text, an array of texts or an array of pairs of texts",
);
export type Texts = v.InferOutput<typeof textsSchema>;

/** `inputs` of what judges pairs: a pair, or several. */
export const pairsSchema = v.union(
  [textPairSchema, v.array(pairSchema), v.array(textPairSchema)],
  "expected {text, text_pair} or an array of pairs of texts",
);

/**
 * The inputs as a list, each text checked.
 * @throws RequestError `empty_input`, `input_too_large`, or `invalid_input` for a lone surrogate
 */
export function listTexts(inputs: Texts): readonly TextInput[] {
  return checkTexts(listOf<string | Pair>(inputs).map((text) => (typeof text === "string" ? text : toPair(text))));
}

/** As {@link listTexts}, of inputs that are no pairs. */
export function listSingleTexts(inputs: string | readonly string[]): readonly string[] {
  return checkTexts(listOf(inputs));
}

/** As {@link listTexts}, of inputs that all are pairs. */
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

/** What a client gets for one input or several: an answer, or a list of them. */
export function likeInputs<T>(inputs: unknown, answers: readonly T[]): T | T[] {
  return Array.isArray(inputs) ? [...answers] : answers[0]!;
}

function isList<T>(inputs: T | readonly T[]): inputs is readonly T[] {
  return Array.isArray(inputs);
}

/** @throws RequestError `empty_input` or `input_too_large` for a list of none or too many */
export function checkCount({ length }: { readonly length: number }): void {
  if (length === 0) throw new RequestError("empty_input", "there are no texts");
  if (length > LIMITS.texts)
    throw new RequestError("input_too_large", `there are ${length} texts, the limit is ${LIMITS.texts}`);
}

/** The texts, checked. @throws RequestError as {@link listTexts} */
export function checkTexts<T extends TextInput>(texts: readonly T[]): readonly T[] {
  checkCount(texts);
  for (const [index, text] of texts.entries()) {
    for (const part of typeof text === "string" ? [text] : text) checkText(part, index);
  }
  return texts;
}

function checkText(text: string, index: number): void {
  if (text.trim() === "") throw new RequestError("empty_input", `text ${index} is empty`);
  if (text.length > LIMITS.text_characters) {
    throw new RequestError(
      "input_too_large",
      `text ${index} has ${text.length} characters, the limit is ${LIMITS.text_characters}`,
    );
  }
  if (!text.isWellFormed()) throw new RequestError("invalid_input", `text ${index} holds a lone surrogate`);
}
