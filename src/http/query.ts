// Query parameters of a GET, for single short texts: each value is the text itself, or JSON where its schema is not a text.
import type { Context } from "hono";
import * as v from "valibot";
import { LIMITS } from "../tasks/limits.ts";
import { RequestError } from "./errors.ts";

/** @throws RequestError `input_too_large`, or `invalid_input` for a name that the schema does not have */
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
    if (!schema) throw unknownParameter(name, fields);
    if (values.has(name)) throw new RequestError("invalid_input", `${name} is given twice`, { field: name });
    values.set(name, v.is(schema, text) ? text : parseValue(text));
  }
  return Object.fromEntries(values);
}

function unknownParameter(name: string, fields: v.ObjectEntries): RequestError {
  const known = Object.keys(fields).join(", ");
  return new RequestError("invalid_input", `there is no parameter ${name}; there are ${known}`, { field: name });
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
