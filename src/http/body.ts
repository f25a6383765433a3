// Request bodies: JSON of bounded size, parsed by a schema, and texts that a model can take. Everything that is wrong is said here.
import type { Context } from "hono";
import * as v from "valibot";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { RequestError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * Reads a JSON body.
 * @throws RequestError `unsupported_media_type`, `input_too_large`, `invalid_json`, or `invalid_input` that names the field
 */
export async function readBody<Schema extends v.GenericSchema>(
  context: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new RequestError("unsupported_media_type", `the body is ${type ?? "of no type"}, not application/json`);
  }
  const parsed = v.safeParse(schema, parseJson(await context.req.arrayBuffer()));
  if (!parsed.success) throw new RequestError("invalid_input", describe(parsed.issues[0]));
  return parsed.output;
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

/** `inputs` of a classifier: a text, several, or pairs of texts. */
export const textsSchema = v.union(
  [v.string(), v.array(v.string()), v.array(v.strictTuple([v.string(), v.string()]))],
  "expected a text, an array of texts or an array of pairs of texts",
);
export type Texts = v.InferOutput<typeof textsSchema>;

/**
 * The inputs as a list, each text checked.
 * @throws RequestError `empty_input`, `input_too_large`, or `invalid_input` for a lone surrogate
 */
export function listTexts(inputs: Texts): readonly TextInput[] {
  const texts = typeof inputs === "string" ? [inputs] : inputs;
  if (texts.length === 0) throw new RequestError("empty_input", "inputs is empty");
  if (texts.length > LIMITS.texts) {
    throw new RequestError("input_too_large", `inputs holds ${texts.length} texts, the limit is ${LIMITS.texts}`);
  }
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
