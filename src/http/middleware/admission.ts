// What stands before every route: how many requests an isolate takes at once, who may ask, how often, and for which heads. Only the first
// is on by default; API_KEYS, KEYS and RATE_LIMITER switch the others on.
import type { Context, MiddlewareHandler } from "hono";
import { waitUntil } from "#runtime";
import { LIMITS } from "../../tasks/limits.ts";
import { isRead } from "../conditional.ts";
import { overloaded } from "../errors.ts";
import { type ApiKey, readKeys } from "./auth.ts";
import { RateLimits } from "./rate-limit.ts";
import type { RequestRegistry } from "./request-scope.ts";

export interface AdmissionOptions {
  readonly env: Readonly<Record<string, unknown>>;
  readonly registry: RequestRegistry;
  readonly rates?: RateLimits;
  /** Requests at once. */
  readonly inFlight?: number;
}

/**
 * The middleware. It goes below CORS and the log, so that refusals have their headers and lines, too.
 * @throws Error for settings that are wrong
 * @example
 * app.use(admit({ env, registry: new RequestRegistry() }));
 */
export function admit({
  env,
  registry,
  rates = new RateLimits(env),
  inFlight = LIMITS.requests_in_flight,
}: AdmissionOptions): MiddlewareHandler {
  const authenticate = readKeys(env);

  /** @throws RequestError */
  const check = async (context: Context): Promise<ApiKey | undefined> => {
    if (context.var.scope.open) return undefined;
    if (!authenticate) {
      await rates.countAddress(context);
      return undefined;
    }
    const key = await authenticate(context.req.header("authorization"), () => rates.countAddress(context));
    await rates.countKey(context, key);
    return key;
  };

  /** @throws RequestError */
  const checkRoom = (others: number): void => {
    if (others >= inFlight) throw overloaded("too many requests are in progress");
  };

  return async (context, next) => {
    checkRoom(registry.size);
    const { scope } = context.var;
    scope.cleanups.push(() => waitUntil(rates.chargeTokens(context, scope.usage.tokens, scope.key)));
    scope.receive = async (read) => {
      const body = await registry.receive(scope, LIMITS.bytes_in_flight, read);
      // While it arrived, others came.
      checkRoom(registry.size - 1);
      return body;
    };
    const serve = async () => {
      const key = await check(context);
      scope.key = key;
      scope.heads = key?.heads && new Set(key.heads);
      await next();
      // The same address has another answer for another key or model.
      if (isRead(context)) context.header("Vary", "Authorization, X-Model", { append: true });
    };
    return registry.run(scope, serve, { signal: context.req.raw.signal, hasBody: context.req.raw.body !== null });
  };
}
