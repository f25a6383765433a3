// Pages of which origins may ask (CORS), from the variable CORS_ORIGINS: all of them, unless it names some. Browsers ask and obey; what keeps
// others out is keys (auth.ts).
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

/** All, or these. */
export type Origins = "*" | readonly string[];

/**
 * "*", or origins with spaces or commas between them; also as wrangler.toml's own list, which may be empty.
 * @throws Error that names what is no origin
 * @example
 * readOrigins({ CORS_ORIGINS: "https://example.com https://www.example.com" });
 */
export function readOrigins({ CORS_ORIGINS: value = "" }: Readonly<Record<string, unknown>>): Origins {
  const named = typeof value === "string" ? value.split(/[\s,]+/).filter(Boolean) : value;
  if (!Array.isArray(named)) throw new Error("CORS_ORIGINS: expected origins, or *");
  if (value === "" || (named.length === 1 && named[0] === "*")) return "*";
  const wrong = named.findIndex((origin) => !isOrigin(origin));
  if (wrong >= 0) throw new Error(`CORS_ORIGINS: ${named[wrong]} is no origin such as https://example.com`);
  return named;
}

/** As browsers send it: no path, no default port, in lower case. "null", which any sandboxed page may send, is none. */
function isOrigin(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, origin } = new URL(value);
  return (protocol === "https:" || protocol === "http:") && origin === value;
}

/** The middleware. It answers preflights itself, so that they need no key. */
export function allowOrigins(origins: Origins): MiddlewareHandler {
  const origin = origins === "*" ? origins : [...origins];
  return cors({ origin, allowMethods: ["GET", "HEAD", "POST"], exposeHeaders: EXPOSED, maxAge: 86_400 });
}

// What a page of another origin may read of an answer's headers.
const EXPOSED = ["ETag", "Retry-After", "Server-Timing", "X-Cache", "X-Request-Id"];
