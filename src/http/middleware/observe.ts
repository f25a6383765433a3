// What is known of every request afterwards: Server-Timing for its sender, a count for /metrics, a line of JSON in the log. Never a text:
// the log has the route's pattern, sizes and times.
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Usage } from "../../tasks/usage.ts";
import type { Metrics } from "./metrics.ts";

/** Writes one line of the log. */
export type Log = (line: string) => void;

/** In production a Worker's clock stands still while it computes, so times there are those of waiting. */
export function observe(metrics: Metrics, log: Log): MiddlewareHandler {
  return async (context, next) => {
    const start = performance.now();
    await next();
    const duration_ms = performance.now() - start;
    const { usage } = context.var.scope;
    const cache = context.res.headers.get("x-cache") ?? undefined;
    context.header("Server-Timing", serverTiming(duration_ms, usage, cache));
    metrics.memory = usage.memory ?? metrics.memory;
    const path = routePath(context, -1);
    const observed = {
      route: path.endsWith("*") ? "unmatched" : path,
      method: context.req.method,
      status: context.res.status,
      duration_ms,
      tokens: usage.tokens,
      cache,
    };
    metrics.observe(observed);
    const { requestId: request_id, error_type } = context.var;
    log(JSON.stringify({ time: new Date().toISOString(), request_id, ...observed, error_type }));
  };
}

function serverTiming(total: number, { session_ms }: Usage, cache: string | undefined): string {
  const timings = [`session;dur=${session_ms.toFixed(2)}`, `total;dur=${total.toFixed(2)}`];
  return (cache ? [`cache;desc=${cache}`, ...timings] : timings).join(", ");
}
