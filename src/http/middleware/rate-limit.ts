// Rate limits by the platform's own counters, bindings in wrangler.toml: RATE_LIMITER for everybody, or the one that a key names.
import { RequestError } from "../errors.ts";

/** The part of a key that its rate limit depends on. */
interface LimitedKey {
  readonly name: string;
  readonly rate_limiter?: string | undefined;
}

/** What a rate limit binding offers. */
interface RateLimiter {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

// Bindings count over 10 or 60 seconds and do not say which; after the longer one, a new period has begun.
const RETRY_AFTER = 60;

/** The binding of this name, or undefined if it is not a rate limiter. */
export function findLimiter(environment: Readonly<Record<string, unknown>>, name: string): RateLimiter | undefined {
  const binding = environment[name] as Partial<RateLimiter> | undefined;
  return typeof binding?.limit === "function" ? (binding as RateLimiter) : undefined;
}

/**
 * Counts a request for its key or, without keys, its address.
 * @throws RequestError `too_many_requests`
 */
export async function limitRate(
  environment: Readonly<Record<string, unknown>>,
  key: LimitedKey | undefined,
  address: string | undefined,
): Promise<void> {
  const own = key?.rate_limiter === undefined ? undefined : findLimiter(environment, key.rate_limiter);
  // A key in KV may name a limiter that does not exist; the common limit applies to it then.
  const limiter = own ?? findLimiter(environment, "RATE_LIMITER");
  if (!limiter) return;
  const { success } = await limiter.limit({ key: key ? `key ${key.name}` : `address ${address ?? "unknown"}` });
  if (!success)
    throw new RequestError("too_many_requests", "too many requests, slow down", { retryAfter: RETRY_AFTER });
}
