// What every app says of itself: /health, /info, /metrics, /openapi.json and a page for people at /docs.
import { Hono } from "hono";
import * as v from "valibot";
import { describeModel, infoSchema } from "./info.ts";
import { onMethods } from "./methods.ts";
import { needsKey } from "./middleware/auth.ts";
import type { Metrics } from "./middleware/metrics.ts";
import { docsPage } from "./openapi/docs-page.ts";
import { describeApi } from "./openapi/openapi.ts";
import { leaseModel, type RouteGroup } from "./routes.ts";

/** /health is mounted before everything that may refuse a request. */
export function healthRoute(): Hono {
  const app = new Hono();
  onMethods(app, "/health", { GET: (context) => context.json({ status: "ok" }) });
  return app;
}

/** The routes that describe an app made of these groups. */
export function serviceGroup(
  groups: readonly RouteGroup[],
  metrics: Metrics,
  env: Readonly<Record<string, unknown>>,
): RouteGroup {
  const get = { method: "get" } as const;
  const group: RouteGroup = {
    operations: [
      { ...get, path: "/health", summary: "Whether the service runs", answer: v.object({ status: v.literal("ok") }) },
      { ...get, path: "/info", summary: "Version, model, heads and limits", answer: infoSchema },
      { ...get, path: "/metrics", summary: "Counts of this isolate", answer: v.string(), contentType: "text/plain" },
    ],
    openPaths: ["/health", "/docs", "/openapi.json"],
    mount({ models }) {
      const app = new Hono();
      onMethods(app, "/info", {
        GET: async (context) => context.json(describeModel(await leaseModel(context, models).load())),
      });
      onMethods(app, "/metrics", {
        GET: (context) => context.body(metrics.text(), 200, { "Content-Type": "text/plain; version=0.0.4" }),
      });
      onMethods(app, "/openapi.json", {
        GET: (context) => context.json(describeApi([...groups, group], needsKey(env))),
      });
      onMethods(app, "/docs", {
        GET: (context) => context.html(docsPage, 200, { "Content-Security-Policy": PAGE_POLICY }),
      });
      return app;
    },
  };
  return group;
}

// The page brings all it needs with it, and talks to this service alone.
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
