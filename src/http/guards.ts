// What stands before every function: how many requests an isolate takes at once, who may ask, how often, and for which model and heads. Off
// by default but for the first: API_KEYS, KEYS and RATE_LIMITER switch the others on.
import type { Context, MiddlewareHandler } from "hono";
import { environment } from "#runtime";
import { type ApiKey, readKeys } from "./auth.ts";
import { RequestError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { findLimiter, limitRate } from "./rate-limit.ts";
import { inScope, requestsInFlight } from "./request-scope.ts";

// A place is free again as soon as any request ends.
const RETRY_AFTER = 1;

const HEALTH = "/health";
const OPEN = [/^\/health$/, /^\/docs$/, /^\/openapi\.json$/, /^\/tag\//];

/** Whether everybody may ask: what tells nothing of texts, and webhooks, which are signed. */
export function isOpen(path: string): boolean {
  return OPEN.some((open) => open.test(path));
}

interface GuardOptions {
  readonly bindings?: Readonly<Record<string, unknown>>;
  readonly inFlight?: number;
}

/**
 * The middleware; goes behind CORS and the request's log, so that refusals have their headers and lines, too.
 * @throws Error for settings that are wrong
 * @example
 * app.use(guard());
 */
export function guard({
  bindings = environment,
  inFlight = LIMITS.requests_in_flight,
}: GuardOptions = {}): MiddlewareHandler {
  const authenticate = readKeys(bindings);
  if (bindings.RATE_LIMITER !== undefined && !findLimiter(bindings, "RATE_LIMITER"))
    throw new Error("RATE_LIMITER: expected a rate limit");

  /** @throws RequestError */
  const admit = async (context: Context): Promise<ApiKey | undefined> => {
    if (isOpen(context.req.path)) return undefined;
    const key = await authenticate?.(context.req.header("authorization"));
    await limitRate(bindings, key, context.req.header("cf-connecting-ip"));
    return key;
  };

  return async (context, next) => {
    if (context.req.path === HEALTH) return next();
    if (requestsInFlight() >= inFlight)
      throw new RequestError("overloaded", "too many requests are in progress", { retryAfter: RETRY_AFTER });
    return inScope(context.req.header("x-model"), async (scope) => {
      const key = await admit(context);
      scope.heads = key?.heads && new Set(key.heads);
      scope.operator = key?.operator ?? false;
      await next();
      // The same address has another answer for another key or model.
      if (context.req.method === "GET") context.header("Vary", "Authorization, X-Model", { append: true });
    });
  };
}
