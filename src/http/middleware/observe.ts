// What is known of every request afterwards: Server-Timing for its sender, a count for /metrics, a line of JSON in the log. Never a text:
// the log has the route's pattern, sizes and times.
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Usage } from "../../tasks/usage.ts";
import type { Metrics } from "./metrics.ts";

/** Writes one line of the log. */
export type Log = (line: string) => void;

export interface ObserveOptions {
  readonly metrics: Metrics;
  /** Which code answers. */
  readonly build: string;
  readonly log: Log;
}

/** In production a Worker's clock stands still while it computes, so times there are those of waiting. */
export function observe({ metrics, build, log }: ObserveOptions): MiddlewareHandler {
  return async (context, next) => {
    const start = performance.now();
    await next();
    const duration_ms = performance.now() - start;
    const { usage, key, lease } = context.var.scope;
    const { tokens, truncated, queue_ms } = usage;
    const cache = context.res.headers.get("x-cache") ?? undefined;
    context.header("Server-Timing", serverTiming(duration_ms, usage, cache));
    metrics.memory = usage.memory ?? metrics.memory;
    const path = routePath(context, -1);
    const observed = {
      route: path.endsWith("*") ? "unmatched" : path,
      method: context.req.method,
      status: context.res.status,
      duration_ms,
      queue_ms,
      tokens,
      truncated,
      cache,
    };
    metrics.observe(observed);
    const { requestId: request_id, error_type } = context.var;
    const who = {
      build,
      key: key?.name,
      model: lease?.name,
      heads: usage.heads.size > 0 ? [...usage.heads] : undefined,
    };
    log(JSON.stringify({ time: new Date().toISOString(), request_id, ...observed, ...who, error_type }));
  };
}

function serverTiming(total: number, { session_ms, queue_ms }: Usage, cache: string | undefined): string {
  const timings = Object.entries({ queue: queue_ms, session: session_ms, total }).map(
    ([name, milliseconds]) => `${name};dur=${milliseconds.toFixed(2)}`,
  );
  return (cache ? [`cache;desc=${cache}`, ...timings] : timings).join(", ");
}
