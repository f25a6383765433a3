// What stands before every function: how many requests an isolate takes at once, who may ask, how often, and for which model and heads. Off
// by default but for the first: API_KEYS, KEYS and RATE_LIMITER switch the others on.
import type { Context, MiddlewareHandler } from "hono";
import { environment } from "#runtime";
import { type ApiKey, readKeys } from "./auth.ts";
import { limitRate } from "./rate-limit.ts";
import { Refusal, refuse } from "./refusals.ts";
import { inScope, requestsInFlight } from "./request-scope.ts";

/** Requests that an isolate works on at once: what waits beyond that would only wait, and hold its body in memory. */
export const REQUESTS_IN_FLIGHT = 64;
const RETRY_AFTER = 1;

const HEALTH = "/health";
// Open to all: what tells nothing of texts, and webhooks, which are signed.
const OPEN = [/^\/docs$/, /^\/openapi\.json$/, /^\/tag\//];

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
export function guard({ bindings = environment, inFlight = REQUESTS_IN_FLIGHT }: GuardOptions = {}): MiddlewareHandler {
  const authenticate = readKeys(bindings);

  /** @throws Refusal */
  const admit = async (context: Context): Promise<ApiKey | undefined> => {
    if (OPEN.some((path) => path.test(context.req.path))) return undefined;
    const key = await authenticate?.(context.req.header("authorization"));
    await limitRate(bindings, key, context.req.header("cf-connecting-ip"));
    return key;
  };

  return async (context, next) => {
    if (context.req.path === HEALTH) return next();
    if (requestsInFlight() >= inFlight)
      return refuse(context, new Refusal("overloaded", "too many requests are in progress", RETRY_AFTER));
    return inScope(context.req.header("x-model"), async (scope) => {
      try {
        const key = await admit(context);
        scope.heads = key?.heads && new Set(key.heads);
      } catch (error) {
        if (error instanceof Refusal) return refuse(context, error);
        throw error;
      }
      await next();
      // The same address has another answer for another key or model.
      if (context.req.method === "GET") context.header("Vary", "Authorization, X-Model", { append: true });
      // What a function refuses has been through onError, which does not know refusals.
      if (context.error instanceof Refusal) context.res = refuse(context, context.error);
    });
  };
}
