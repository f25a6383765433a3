// Answers are computed once: kept in the isolate for a while, and in the platform's cache for identical requests elsewhere. The key is
// a hash of build, model, route, parameters and texts, so that a new model never gives an old answer and no text becomes part of an
// address. The same hash is the ETag of a GET, which others may keep, too.
import type { Context } from "hono";
import packageJson from "../../package.json" with { type: "json" };
import { sha256 } from "../digest.ts";
import { LIMITS } from "./limits.ts";
import { LruCache } from "./lru-cache.ts";
import { turns } from "./turns.ts";

const recent = new LruCache(LIMITS.cached_characters);

/**
 * Answers with JSON: from a cache (`X-Cache: HIT`) or computed now (`MISS`).
 * @param identity everything that the answer depends on
 */
export async function answer(context: Context, identity: unknown, compute: () => Promise<unknown>): Promise<Response> {
  const whole = JSON.stringify([packageJson.version, context.req.path, identity]);
  const key = await sha256(new TextEncoder().encode(whole));
  if (context.req.method === "GET") {
    allowKeeping(context, key);
    if (isKnown(context, key)) return context.body(null, 304);
  }
  const known = recent.get(key) ?? (await platformGet(key));
  if (known !== undefined) {
    recent.set(key, known);
    return json(context, known, "HIT");
  }
  const body = await turns.take(async () => JSON.stringify(await compute()));
  recent.set(key, body);
  const stored = platformPut(key, body);
  if (stored) context.executionCtx.waitUntil(stored);
  return json(context, body, "MISS");
}

function json(context: Context, body: string, cache: "HIT" | "MISS"): Response {
  return context.body(body, 200, { "Content-Type": "application/json", "X-Cache": cache });
}

/** Lets browsers and caches between keep the answer; those between only where no key was needed for it. */
function allowKeeping(context: Context, key: string): void {
  const scope = context.req.header("authorization") === undefined ? "public" : "private";
  context.header("Cache-Control", `${scope}, max-age=${LIMITS.cache_seconds}`);
  context.header("ETag", `"${key}"`);
}

function isKnown(context: Context, key: string): boolean {
  const tags = context.req.header("if-none-match")?.split(",") ?? [];
  return tags.some((tag) => tag.trim().replace(/^W\//, "") === `"${key}"`);
}

/** The Cache API of Workers; other runtimes have none, and the isolate's own cache must do. */
function platformCache(): Cache | undefined {
  return typeof caches === "undefined" ? undefined : (caches as { default?: Cache }).default;
}

function cacheKey(key: string): string {
  return `https://bertlet.invalid/answers/${key}`;
}

async function platformGet(key: string): Promise<string | undefined> {
  return (await platformCache()?.match(cacheKey(key)))?.text();
}

function platformPut(key: string, body: string): Promise<void> | undefined {
  const headers = { "Content-Type": "application/json", "Cache-Control": `max-age=${LIMITS.cache_seconds}` };
  return platformCache()?.put(cacheKey(key), new Response(body, { headers }));
}
