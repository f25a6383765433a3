// Settings of a deployment: variables that hold JSON, checked by a schema when an app is created, so that a mistake stops the deployment and
// no request ever meets it.
import * as v from "valibot";

/** SHA-256 in hexadecimal. */
export const sha256Schema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in hexadecimal"));

/**
 * The variable's value, or undefined if it is not set. It is JSON text, or a table of wrangler.toml.
 * @throws Error that names the variable and the field
 * @example
 * const settings = readSetting("UNDERSTAND", strictObject({ oos_threshold: v.number() }), env);
 */
export function readSetting<Schema extends v.GenericSchema>(
  name: string,
  schema: Schema,
  environment: Readonly<Record<string, unknown>>,
): v.InferOutput<Schema> | undefined {
  const value = environment[name];
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
