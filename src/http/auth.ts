// Bearer keys: who may ask, and for which heads. A deployment knows SHA-256 hashes of keys, from the secret API_KEYS or the KV namespace KEYS, and
// never a key. Without either, everybody may ask.
import * as v from "valibot";
import { sha256 } from "../digest.ts";
import { RequestError } from "./errors.ts";
import { findLimiter } from "./rate-limit.ts";
import { readSetting, sha256Schema } from "./settings.ts";

const keySchema = v.strictObject({
  /** Whom the key was given to. */
  name: v.pipe(v.string(), v.minLength(1)),
  /** The heads that it may use, "embedding" for the bare encoder; all when left out. */
  heads: v.optional(v.array(v.string())),
  /** The binding that limits its rate; RATE_LIMITER when left out. */
  rate_limiter: v.optional(v.string()),
  /** Whether it is an operator's: it may see and send again what could not be delivered. */
  operator: v.optional(v.boolean()),
});
/** What a key is good for. */
export type ApiKey = v.InferOutput<typeof keySchema>;

/** A key as KV has it. */
const storedSchema = v.pipe(v.string(), v.parseJson(), keySchema);
/** Keys by their hash. */
const keysSchema = v.record(sha256Schema, keySchema);

/** What is used of a KV namespace. */
interface KeyNamespace {
  get(key: string, options: { type: "text"; cacheTtl: number }): Promise<string | null>;
}

/** Finds what a key is good for. @throws RequestError `unauthorized` */
export type Authenticate = (authorization: string | undefined) => Promise<ApiKey>;

/** Whether any keys are set up. */
export function needsKey({ API_KEYS = "", KEYS }: Readonly<Record<string, unknown>>): boolean {
  return API_KEYS !== "" || KEYS !== undefined;
}

/**
 * Undefined where no keys are set up.
 * @throws Error for keys that are wrong, by their place
 */
export function readKeys(environment: Readonly<Record<string, unknown>>): Authenticate | undefined {
  if (!needsKey(environment)) return undefined;
  const keys = readSetting("API_KEYS", keysSchema, environment);
  const namespace = environment.KEYS as KeyNamespace | undefined;
  if (namespace !== undefined && typeof namespace?.get !== "function") throw new Error("KEYS: expected a KV namespace");
  const known = Object.entries(keys ?? {});
  for (const [, { name, rate_limiter: binding }] of known) {
    if (binding && !findLimiter(environment, binding))
      throw new Error(`API_KEYS: ${name}: there is no rate limit ${binding}`);
  }
  return async (authorization) => {
    const hash = await sha256(new TextEncoder().encode(bearer(authorization)));
    const key = findKey(known, hash) ?? (namespace && (await lookUp(namespace, hash)));
    if (!key) throw new RequestError("unauthorized", "the key is not known");
    return key;
  };
}

function bearer(authorization: string | undefined): string {
  const [, key] = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? "") ?? [];
  if (!key) throw new RequestError("unauthorized", "a key is needed: Authorization: Bearer <key>");
  return key;
}

/** Looks at all keys and all of each, so that time tells nothing. */
function findKey(known: readonly (readonly [string, ApiKey])[], hash: string): ApiKey | undefined {
  let found: ApiKey | undefined;
  for (const [candidate, key] of known) if (isEqual(candidate, hash)) found = key;
  return found;
}

function isEqual(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

// KV keeps what it read this long in a place: so long may a key work that was taken away.
const KV_CACHE_SECONDS = 60;

/** By the hash, which nobody can steer towards another. */
async function lookUp(namespace: KeyNamespace, hash: string): Promise<ApiKey | undefined> {
  const value = await namespace.get(hash, { type: "text", cacheTtl: KV_CACHE_SECONDS });
  if (value === null) return undefined;
  const key = v.safeParse(storedSchema, value);
  if (key.success) return key.output;
  console.error(`KEYS: ${hash} holds no key:`, key.issues[0].message);
  return undefined;
}
