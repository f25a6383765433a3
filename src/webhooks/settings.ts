// The variable TAGGING: who may send, which text of a payload is tagged by which heads, and where the tags go. It contains the names of
// secrets, never their values. It is read when the Worker starts, and a mistake stops the Worker there.
import * as v from "valibot";
import { readSetting } from "../runtime/settings.ts";
import { mapOf, strictObject } from "../schemas.ts";
import { type JsonPath, parsePath } from "./json-path.ts";
import { SCHEMES, type Scheme } from "./schemes.ts";
import { checkSecret } from "./signatures.ts";

const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, "expected letters, digits, - and _"));

/** The score from which a head's labels count: one for all of them, and other ones for some. */
const thresholdSchema = v.union([
  v.pipe(
    probability,
    v.transform((all) => ({ all, labels: new Map() as ReadonlyMap<string, number> })),
  ),
  strictObject({ all: v.optional(probability, 0.5), labels: mapOf(v.string(), probability) }),
]);
export type Threshold = v.InferOutput<typeof thresholdSchema>;

const secretsSchema = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((names) => [names].flat()),
  v.minLength(1),
);

const pathsSchema = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((paths) => [paths].flat()),
  v.minLength(1),
  v.rawTransform(({ dataset, addIssue, NEVER }): readonly JsonPath[] => {
    try {
      return dataset.value.map(parsePath);
    } catch (error) {
      addIssue({ message: (error as Error).message });
      return NEVER;
    }
  }),
);

/** HTTPS, or plain HTTP to this machine, for development. */
const urlSchema = v.pipe(
  v.string(),
  v.check((url) => {
    if (!URL.canParse(url)) return false;
    const { protocol, hostname } = new URL(url);
    return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
  }, "expected an https address"),
);

const sourceSchema = strictObject({
  scheme: v.picklist(SCHEMES),
  /** The names of the secrets; several while one replaces another. */
  secrets: secretsSchema,
  /** The paths of the text; texts at several paths are joined, one per line. */
  text: pathsSchema,
  /** By the head's name. */
  tags: v.pipe(
    mapOf(v.string(), thresholdSchema),
    v.check(({ size }) => size > 0, "expected a head"),
  ),
  /** Where tags are sent; when omitted, they are the response. */
  callback: v.optional(
    strictObject({
      url: urlSchema,
      secret: v.string(),
      /** Seconds until the first retry; doubled for each further one. */
      retry_seconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3600)), 10),
      /** Seconds within which the receiver must answer. */
      timeout_seconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(30)), 10),
    }),
  ),
  /** Days for which a repeated delivery is recognised. */
  remember_days: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(365)), 7),
});

const taggingSchema = strictObject({ sources: mapOf(name, sourceSchema) });

/** A source, with the values of its secrets. */
export interface Source extends Omit<v.InferOutput<typeof sourceSchema>, "callback"> {
  readonly secretValues: readonly string[];
  readonly callback:
    | (NonNullable<v.InferOutput<typeof sourceSchema>["callback"]> & { secretValue: string })
    | undefined;
}
export type Sources = ReadonlyMap<string, Source>;

/**
 * The sources by name; none if TAGGING is not set.
 * @throws Error that says what is missing or wrong, and where
 */
export function readSources(environment: Readonly<Record<string, unknown>>): Sources {
  const { sources = [] } = readSetting("TAGGING", taggingSchema, environment) ?? {};
  const read = Array.from(sources, ([name, source]): [string, Source] => {
    const where = `TAGGING.sources.${name}`;
    checkBinding(environment, "DELIVERIES", where);
    if (source.callback) for (const binding of ["TAGS", "DEAD_LETTERS"]) checkBinding(environment, binding, where);
    const secretOf = (secret: string, scheme: Scheme) => readSecret(environment, secret, scheme, where);
    const { callback } = source;
    return [
      name,
      {
        ...source,
        secretValues: source.secrets.map((secret) => secretOf(secret, source.scheme)),
        callback: callback && { ...callback, secretValue: secretOf(callback.secret, "standard-webhooks") },
      },
    ];
  });
  return new Map(read);
}

function checkBinding(environment: Readonly<Record<string, unknown>>, binding: string, where: string): void {
  if (!environment[binding])
    throw new Error(`${where} needs the binding ${binding} of env.tag in functions/wrangler.toml`);
}

function readSecret(
  environment: Readonly<Record<string, unknown>>,
  name: string,
  scheme: Scheme,
  where: string,
): string {
  const value = environment[name];
  if (typeof value !== "string") throw new Error(`${where}: there is no secret ${name}`);
  try {
    checkSecret(scheme, value);
  } catch (error) {
    throw new Error(`${where}: ${name} is not a secret of ${scheme}: ${(error as Error).message}`);
  }
  return value;
}
