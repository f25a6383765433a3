// HEAD says how long the body of the GET would be. Hono drops that body afterwards, and with it what a runtime would have measured.
import type { MiddlewareHandler } from "hono";

/** The middleware; it goes above every other. */
export function measureHead(): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const { res } = context;
    if (context.req.method !== "HEAD" || res.body === null || res.headers.has("Content-Length")) return;
    const { byteLength } = await res.clone().arrayBuffer();
    context.header("Content-Length", String(byteLength));
  };
}
