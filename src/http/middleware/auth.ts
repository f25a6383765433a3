// Bearer keys: who may ask, and for which heads. A deployment knows only SHA-256 hashes of keys, from the secret API_KEYS or the KV namespace
// KEYS. Without either, no key is needed.
import * as v from "valibot";
import { sha256 } from "../../digest.ts";
import { readSetting, sha256Schema } from "../../runtime/settings.ts";
import { mapOf, strictObject } from "../../schemas.ts";
import { RequestError } from "../errors.ts";
import { findLimiter } from "./rate-limit.ts";

const keySchema = strictObject({
  /** Who holds the key. */
  name: v.pipe(v.string(), v.minLength(1)),
  /** The heads it may use, "embedding" for the encoder's own outputs; all when omitted. */
  heads: v.optional(v.array(v.string())),
  /** The binding that limits its rate; RATE_LIMITER when omitted. */
  rate_limiter: v.optional(v.string()),
  /** Whether it is an operator's, who may list and replay undelivered tags. */
  operator: v.optional(v.boolean()),
  /** Whether it may teach heads, and see their examples; only those of `heads` where that is given. */
  teach: v.optional(v.boolean()),
});
/** What a key allows. */
export type ApiKey = v.InferOutput<typeof keySchema>;

/** A key as KV stores it. */
const storedSchema = v.pipe(v.string(), v.parseJson(), keySchema);
/** Keys by their hash. */
const keysSchema = mapOf(sha256Schema, keySchema);

/** The part of a KV namespace that is used. */
interface KeyNamespace {
  get(key: string, options: { type: "text"; cacheTtl: number }): Promise<string | null>;
}

/**
 * Finds what a key allows.
 * @param beforeLookup called before a key that proves nothing yet costs a look-up in KV, or is refused
 * @throws RequestError `unauthorized`
 */
export type Authenticate = (authorization: string | undefined, beforeLookup: () => Promise<void>) => Promise<ApiKey>;

/** Whether any keys are set up. */
export function needsKey({ API_KEYS = "", KEYS }: Readonly<Record<string, unknown>>): boolean {
  return API_KEYS !== "" || KEYS !== undefined;
}

/**
 * Undefined if no keys are set up.
 * @throws Error for keys that are wrong, by their path
 */
export function readKeys(environment: Readonly<Record<string, unknown>>): Authenticate | undefined {
  if (!needsKey(environment)) return undefined;
  const keys = readSetting("API_KEYS", keysSchema, environment);
  const namespace = environment.KEYS as KeyNamespace | undefined;
  if (namespace !== undefined && typeof namespace?.get !== "function") throw new Error("KEYS: expected a KV namespace");
  const known = [...(keys ?? [])];
  for (const [, { name, rate_limiter: binding }] of known) {
    if (binding && !findLimiter(environment, binding))
      throw new Error(`API_KEYS: ${name}: there is no rate limit ${binding}`);
  }
  const stored = namespace && storedKeys(namespace);
  return async (authorization, beforeLookup) => {
    const token = bearerToken(authorization);
    const hash = token === undefined ? undefined : await sha256(new TextEncoder().encode(token));
    const key = hash && (findKey(known, hash) ?? (await stored?.recent(hash)));
    if (key) return key;
    await beforeLookup();
    if (!hash) throw new RequestError("unauthorized", "a key is needed: Authorization: Bearer <key>");
    const found = await stored?.find(hash);
    if (!found) throw new RequestError("unauthorized", "the key is not known");
    return found;
  };
}

function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? "")?.[1];
}

/** Compares with every key to its end, so that timing reveals nothing. */
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

// How long KV caches what it read in one location, and so how long a revoked key may still work.
const KV_CACHE_SECONDS = 60;

// How many keys of KV an isolate remembers to have seen.
const RECENT_KEYS = 1000;

/**
 * Keys in KV. One that this isolate found before is read again (KV caches it), so that a revoked key stops working, but its sender need not
 * be counted by address again.
 */
function storedKeys(namespace: KeyNamespace) {
  const seen = new Set<string>();
  const find = async (hash: string): Promise<ApiKey | undefined> => {
    const key = await readStored(namespace, hash);
    seen.delete(hash);
    if (key) seen.add(hash);
    if (seen.size > RECENT_KEYS) seen.delete(seen.values().next().value!);
    return key;
  };
  return { find, recent: async (hash: string) => (seen.has(hash) ? find(hash) : undefined) };
}

/** Looks a key up by its hash, which nobody can steer towards another. */
async function readStored(namespace: KeyNamespace, hash: string): Promise<ApiKey | undefined> {
  const value = await namespace.get(hash, { type: "text", cacheTtl: KV_CACHE_SECONDS });
  if (value === null) return undefined;
  const key = v.safeParse(storedSchema, value);
  if (key.success) return key.output;
  console.error(`KEYS: ${hash} does not hold a key:`, key.issues[0].message);
  return undefined;
}
