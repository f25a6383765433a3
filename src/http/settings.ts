// Settings of a deployment: variables that hold JSON, parsed by a schema when the Worker starts. A mistake stops it there, and says where
// it is, so that no request ever meets it.
import * as v from "valibot";
import { environment } from "#runtime";

/** SHA-256 in hexadecimal. */
export const sha256Schema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in hexadecimal"));

/**
 * The variable's value, or undefined where it is not set. Takes JSON as text, or as wrangler.toml's own tables.
 * @throws Error that names the variable and the field
 * @example
 * const settings = readSetting("UNDERSTAND", v.strictObject({ oos_threshold: v.number() }));
 */
export function readSetting<Schema extends v.GenericSchema>(
  name: string,
  schema: Schema,
  from: Readonly<Record<string, unknown>> = environment,
): v.InferOutput<Schema> | undefined {
  const value = from[name];
  if (value === undefined || value === "") return undefined;
  const parsed = v.safeParse(schema, typeof value === "string" ? parseJson(name, value) : value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`${[name, v.getDotPath(issue)].filter(Boolean).join(".")}: ${issue.message}`);
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name} is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
