// Query parameters of a GET, for single texts that are short: each value is the text itself, or JSON where its schema wants no text.
import type { Context } from "hono";
import * as v from "valibot";
import { RequestError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** @throws RequestError `input_too_large`, or `invalid_input` for a name that the schema does not know */
export function readQuery(context: Context, fields: v.ObjectEntries): Record<string, unknown> {
  const { search } = new URL(context.req.url);
  if (search.length > LIMITS.query_characters) {
    throw new RequestError(
      "input_too_large",
      `the query has ${search.length} characters, the limit is ${LIMITS.query_characters}: send a POST`,
    );
  }
  const values = new Map<string, unknown>();
  for (const [name, text] of new URLSearchParams(search)) {
    const schema = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!schema) throw new RequestError("invalid_input", `there is no parameter ${name}`);
    if (values.has(name)) throw new RequestError("invalid_input", `${name} is given twice`);
    values.set(name, v.is(schema, text) ? text : parseValue(text));
  }
  return Object.fromEntries(values);
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
