// Answers are computed once: kept in the isolate for a while, and in the platform's cache for the same request elsewhere. The key is a hash
// of build, model, path, parameters and texts, so that a new model never returns an old answer and no text becomes part of an address. The
// same hash is the ETag of a GET.
import type { Context } from "hono";
import { waitUntil } from "#runtime";
import { sha256 } from "../../digest.ts";
import { LruCache } from "../../lru-cache.ts";
import { LIMITS } from "../../tasks/limits.ts";
import { hasTag, isRead, isUnmodified } from "../conditional.ts";
import { estimateCharacters, StreamedAnswers } from "./streamed-answer.ts";

/** JSON.stringify's replacer: a Map's entries, of which JSON would keep nothing. */
function withMaps(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}

/** An answer, with what it cost to compute. */
interface Answer {
  /** JSON. */
  readonly body: string;
  /** Tokens that the model read for it. */
  readonly tokens: number;
  /** Texts that were truncated. */
  readonly truncated: number;
}

export class AnswerCache {
  readonly #recent = new LruCache<Answer>(LIMITS.cached_characters, ({ body }) => body.length);
  readonly #streamed = new StreamedAnswers();
  readonly #build: string;

  /** @param build names the code that computes answers */
  constructor(build: string) {
    this.#build = build;
  }

  /**
   * Responds with JSON: cached (`X-Cache: HIT`) or computed now (`MISS`), and to a GET or HEAD with 304 if the client has it. Nothing is
   * cacheable unless there is an answer.
   * @param identity everything that the answer depends on: JSON, and Maps of it; undefined for an answer that may not be kept
   * @param compute runs the model, counting in the request's usage
   * @param mayChange whether the same request may have another answer soon, so that clients validate what they keep
   */
  async respond(
    context: Context,
    identity: unknown,
    compute: () => Promise<unknown>,
    mayChange = false,
  ): Promise<Response> {
    if (identity === undefined) return this.#compute(context, compute);
    const key = await sha256(new TextEncoder().encode(JSON.stringify([this.#build, identity], withMaps)));
    const etag = `"${key}"`;
    if (isRead(context) && hasTag(context, etag)) return context.body(null, 304, validators(context, etag, mayChange));
    const known = this.#recent.get(key) ?? (await platformGet(key));
    let answer = known;
    if (!answer) {
      const value = await compute();
      const characters = estimateCharacters(value);
      if (characters > LIMITS.cached_characters) return this.#send(context, value, characters);
      answer = answerOf(context, value);
      if (!context.var.scope.usage.isProvisional) platformPut(key, answer);
    }
    if (!context.var.scope.usage.isProvisional) this.#recent.set(key, answer);
    if (isRead(context) && isUnmodified(context, etag))
      return context.body(null, 304, validators(context, etag, mayChange));
    return context.body(answer.body, 200, {
      "Content-Type": "application/json",
      "X-Cache": known === undefined ? "MISS" : "HIT",
      ...costHeaders(answer),
      ...(isRead(context) && validators(context, etag, mayChange)),
    });
  }

  async #compute(context: Context, compute: () => Promise<unknown>): Promise<Response> {
    const { body, ...cost } = answerOf(context, await compute());
    return context.body(body, 200, {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      ...costHeaders(cost),
    });
  }

  /** An answer that is too large to be kept. The request lasts until it has been read. */
  #send(context: Context, value: unknown, characters: number): Response {
    const { scope } = context.var;
    const { body, sent } = this.#streamed.stream(value, characters);
    scope.sent = sent;
    return context.body(body, 200, {
      "Content-Type": "application/json",
      "X-Cache": "MISS",
      ...costHeaders(scope.usage),
    });
  }
}

function answerOf({ var: { scope } }: Context, value: unknown): Answer {
  const { tokens, truncated } = scope.usage;
  return { body: JSON.stringify(value), tokens, truncated };
}

function costHeaders({ tokens, truncated }: Omit<Answer, "body">): Record<string, string> {
  return { "X-Tokens": String(tokens), "X-Truncated": String(truncated) };
}

/** Lets browsers keep the answer to a GET, and shared caches too unless a key was needed for it. */
function validators(context: Context, ETag: string, mayChange: boolean): Record<string, string> {
  const scope = context.req.header("authorization") === undefined ? "public" : "private";
  return { "Cache-Control": `${scope}, ${mayChange ? "no-cache" : `max-age=${LIMITS.cache_seconds}`}`, ETag };
}

/** The Cache API of Workers; other runtimes have only the isolate's own cache. */
function platformCache(): Cache | undefined {
  return typeof caches === "undefined" ? undefined : (caches as { default?: Cache }).default;
}

function cacheKey(key: string): string {
  return `https://bertlet.invalid/answers/${key}`;
}

async function platformGet(key: string): Promise<Answer | undefined> {
  const stored = await platformCache()?.match(cacheKey(key));
  if (!stored) return undefined;
  const count = (name: string) => Number(stored.headers.get(name));
  return { body: await stored.text(), tokens: count("X-Tokens"), truncated: count("X-Truncated") };
}

function platformPut(key: string, answer: Answer): void {
  const headers = {
    "Content-Type": "application/json",
    "Cache-Control": `max-age=${LIMITS.cache_seconds}`,
    ...costHeaders(answer),
  };
  const stored = platformCache()?.put(cacheKey(key), new Response(answer.body, { headers }));
  if (stored) waitUntil(stored);
}
