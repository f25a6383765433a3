// Answers are computed once: kept in the isolate for a while, and in the platform's cache for the same request elsewhere. The key is a hash
// of build, model, path, parameters and texts, so that a new model never returns an old answer and no text becomes part of an address. The
// same hash is the ETag of a GET.
import type { Context } from "hono";
import { waitUntil } from "#runtime";
import { sha256 } from "../../digest.ts";
import { LIMITS } from "../../tasks/limits.ts";
import { LruCache } from "./lru-cache.ts";

export class AnswerCache {
  readonly #recent = new LruCache(LIMITS.cached_characters);
  readonly #build: string;

  /** @param build names the code that computes answers */
  constructor(build: string) {
    this.#build = build;
  }

  /**
   * Responds with JSON: cached (`X-Cache: HIT`) or computed now (`MISS`), and to a GET or HEAD with 304 if the client has it.
   * @param identity everything that the answer depends on
   */
  async respond(context: Context, identity: unknown, compute: () => Promise<unknown>): Promise<Response> {
    const key = await sha256(new TextEncoder().encode(JSON.stringify([this.#build, identity])));
    const isRead = context.req.method === "GET" || context.req.method === "HEAD";
    if (isRead && matchesETag(context, key)) return context.body(null, 304, validators(context, key));
    const known = this.#recent.get(key) ?? (await platformGet(key));
    const body = known ?? JSON.stringify(await compute());
    this.#recent.set(key, body);
    if (known === undefined) platformPut(key, body);
    return context.body(body, 200, {
      "Content-Type": "application/json",
      "X-Cache": known === undefined ? "MISS" : "HIT",
      ...(isRead && validators(context, key)),
    });
  }
}

/** Lets browsers keep the answer to a GET, and shared caches too unless a key was needed for it. */
function validators(context: Context, key: string): Record<string, string> {
  const scope = context.req.header("authorization") === undefined ? "public" : "private";
  return { "Cache-Control": `${scope}, max-age=${LIMITS.cache_seconds}`, ETag: `"${key}"` };
}

/** RFC 9110, 13.1.2: a list of entity tags, compared weakly. */
function matchesETag(context: Context, key: string): boolean {
  const tags = context.req.header("if-none-match")?.split(",") ?? [];
  return tags.some((tag) => tag.trim().replace(/^W\//, "") === `"${key}"`);
}

/** The Cache API of Workers; other runtimes have only the isolate's own cache. */
function platformCache(): Cache | undefined {
  return typeof caches === "undefined" ? undefined : (caches as { default?: Cache }).default;
}

function cacheKey(key: string): string {
  return `https://bertlet.invalid/answers/${key}`;
}

async function platformGet(key: string): Promise<string | undefined> {
  return (await platformCache()?.match(cacheKey(key)))?.text();
}

function platformPut(key: string, body: string): void {
  const headers = { "Content-Type": "application/json", "Cache-Control": `max-age=${LIMITS.cache_seconds}` };
  const stored = platformCache()?.put(cacheKey(key), new Response(body, { headers }));
  if (stored) waitUntil(stored);
}
