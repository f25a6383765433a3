// CORS: the variable CORS_ORIGINS lists the origins whose pages may ask; all of them when it is not set. Browsers enforce it; to keep other
// clients out, use keys (auth.ts).
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

/** Every origin, or these. */
export type Origins = "*" | readonly string[];

/**
 * "*", or origins with spaces or commas between them; or a TOML array, which may be empty.
 * @throws Error that names the entry that is not an origin
 * @example
 * readOrigins({ CORS_ORIGINS: "https://example.com https://www.example.com" });
 */
export function readOrigins({ CORS_ORIGINS: value = "" }: Readonly<Record<string, unknown>>): Origins {
  const named = typeof value === "string" ? value.split(/[\s,]+/).filter(Boolean) : value;
  if (!Array.isArray(named)) throw new Error("CORS_ORIGINS: expected origins, or *");
  if (value === "" || (named.length === 1 && named[0] === "*")) return "*";
  const wrong = named.findIndex((origin) => !isOrigin(origin));
  if (wrong >= 0) throw new Error(`CORS_ORIGINS: ${named[wrong]} is not an origin such as https://example.com`);
  return named;
}

/** In the form browsers send: no path, no default port, lower case. "null", which any sandboxed page may send, is not one. */
function isOrigin(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, origin } = new URL(value);
  return (protocol === "https:" || protocol === "http:") && origin === value;
}

/** The middleware. It answers preflight requests itself, so that they need no key; any other OPTIONS is the route's. */
export function allowOrigins(origins: Origins): MiddlewareHandler {
  const origin = origins === "*" ? origins : [...origins];
  const allow = cors({ origin, allowMethods: ["GET", "HEAD", "POST"], exposeHeaders: EXPOSED, maxAge: 86_400 });
  return (context, next) => {
    const isPreflight = context.req.header("access-control-request-method") !== undefined;
    return context.req.method === "OPTIONS" && !isPreflight ? next() : allow(context, next);
  };
}

// Response headers that pages of other origins may read.
const EXPOSED = [
  "ETag",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "Server-Timing",
  "X-Cache",
  "X-Request-Id",
  "X-Tokens",
  "X-Truncated",
];
