// Rate limits, counted by the platform through bindings in wrangler.toml. A key is counted by its name, in the binding that it names or in
// RATE_LIMITER; a request without a key by its address. TOKEN_LIMITER counts the tokens that the model read. What a binding allows is not visible here: the variable RATE_LIMITS may repeat it, so
// that responses can say it.
import type { Context } from "hono";
import * as v from "valibot";
import { readSetting } from "../../runtime/settings.ts";
import { mapOf, strictObject } from "../../schemas.ts";
import { RequestError } from "../errors.ts";

/** The part of a key that its rate limit depends on. */
interface LimitedKey {
  readonly name: string;
  readonly rate_limiter?: string | undefined;
}

/** What a rate limit binding offers. */
interface RateLimiter {
  limit(options: { key: string; delta?: number }): Promise<{ success: boolean }>;
}

type Environment = Readonly<Record<string, unknown>>;

const DEFAULT = "RATE_LIMITER";
const FOR_ADDRESSES = "ADDRESS_LIMITER";
const FOR_TOKENS = "TOKEN_LIMITER";

// Bindings count over 10 or 60 seconds and do not say which; after the longer one, a new period has begun.
const RETRY_AFTER = 60;

const policySchema = strictObject({
  /** Requests, or tokens, per period, as in the binding's `simple.limit`. */
  limit: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Seconds, as in the binding's `simple.period`. */
  period: v.picklist([10, 60]),
});
type Policy = v.InferOutput<typeof policySchema>;

/** The variable RATE_LIMITS: by the binding's name, what wrangler.toml says of it. */
const policiesSchema = mapOf(v.string(), policySchema);

/** The binding of this name, or undefined if it is not a rate limiter. */
export function findLimiter(environment: Environment, name: string): RateLimiter | undefined {
  const binding = environment[name] as Partial<RateLimiter> | undefined;
  return typeof binding?.limit === "function" ? (binding as RateLimiter) : undefined;
}

export class RateLimits {
  readonly #environment: Environment;
  readonly #policies: ReadonlyMap<string, Policy>;
  #warned = false;

  /** @throws Error for settings that are wrong */
  constructor(environment: Environment) {
    this.#environment = environment;
    this.#policies = readSetting("RATE_LIMITS", policiesSchema, environment) ?? new Map<string, Policy>();
    for (const name of [DEFAULT, FOR_ADDRESSES, FOR_TOKENS])
      if (environment[name] !== undefined && !findLimiter(environment, name))
        throw new Error(`${name}: expected a rate limit`);
    for (const name of this.#policies.keys())
      if (!findLimiter(environment, name)) throw new Error(`RATE_LIMITS: there is no rate limit ${name}`);
  }

  /**
   * Counts a request for its key.
   * @throws RequestError `too_many_requests`
   */
  async countKey(context: Context, { name, rate_limiter: own }: LimitedKey): Promise<void> {
    // A key in KV may name a limiter that does not exist; the common limit applies to it then.
    const binding = own !== undefined && findLimiter(this.#environment, own) ? own : DEFAULT;
    await this.#count(context, binding, `key ${name}`);
    await this.#count(context, FOR_TOKENS, `key ${name}`);
  }

  /**
   * Counts what a request has cost: `tokens` for its key, or for its address. The request itself was counted as one of them on its way in.
   * A binding that cannot count more than one at a time, like that of a local server, is reported once and counts requests.
   */
  async chargeTokens(context: Context, tokens: number, key: { readonly name: string } | undefined): Promise<void> {
    const limiter = findLimiter(this.#environment, FOR_TOKENS);
    if (!limiter || tokens < 2) return;
    const counted = key ? `key ${key.name}` : addressOf(context);
    try {
      await limiter.limit({ key: counted, delta: tokens - 1 });
    } catch (error) {
      if (!this.#warned) console.warn(`${FOR_TOKENS} counts requests instead of tokens: ${String(error)}`);
      this.#warned = true;
    }
  }

  /**
   * Counts a request for its address: one without a key, or one that has yet to prove who sent it.
   * @throws RequestError `too_many_requests`
   */
  async countAddress(context: Context): Promise<void> {
    const binding = findLimiter(this.#environment, FOR_ADDRESSES) ? FOR_ADDRESSES : DEFAULT;
    await this.#count(context, binding, addressOf(context));
    await this.#count(context, FOR_TOKENS, addressOf(context));
  }

  async #count(context: Context, binding: string, key: string): Promise<void> {
    const limiter = findLimiter(this.#environment, binding);
    if (!limiter) return;
    const policy = this.#policies.get(binding);
    if (policy)
      context.header("RateLimit-Policy", `"${binding}";q=${policy.limit};w=${policy.period}`, { append: true });
    const { success } = await limiter.limit({ key });
    if (success) return;
    // How much is left, a binding says only when that is nothing.
    context.header("RateLimit", `"${binding}";r=0`);
    const retryAfter = policy?.period ?? RETRY_AFTER;
    throw new RequestError("too_many_requests", "too many requests, slow down", { retryAfter });
  }
}

function addressOf(context: Context): string {
  return `address ${network(context.req.header("cf-connecting-ip"))}`;
}

/** An IPv4 address, or the /64 of an IPv6 address, which is what a single subscriber is given. */
export function network(address = "unknown"): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.split("::");
  const [first, last] = [head.split(":"), tail ? tail.split(":") : []];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(Math.max(zeros, 0)).fill("0"), ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group || "0", 16).toString(16))
    .join(":")}::/64`;
}
