// What every app says of itself: /health, /info, /metrics, /openapi.json and a page for people at /docs.
import { Hono } from "hono";
import * as v from "valibot";
import { respondWithDocument } from "./conditional.ts";
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
  onMethods(app, "/health", { GET: (context) => context.json({ status: "ok" }, 200, { "Cache-Control": "no-store" }) });
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
    tag: { name: "Service", description: "What the service says of itself." },
    operations: [
      { ...get, path: "/health", summary: "Whether the service runs", answer: v.object({ status: v.literal("ok") }) },
      { ...get, path: "/info", summary: "Version, model, heads and limits", answer: infoSchema },
      { ...get, path: "/metrics", summary: "Counts of this isolate", answer: v.string(), contentType: "text/plain" },
    ],
    openPaths: ["/health", "/docs", "/openapi.json"],
    mount({ models }) {
      const app = new Hono();
      onMethods(app, "/info", {
        GET: async (context) => {
          const model = await leaseModel(context, models).load();
          return context.json(describeModel(model), 200, { "Cache-Control": "no-store" });
        },
      });
      onMethods(app, "/metrics", {
        GET: (context) => context.body(metrics.text(), 200, METRICS_HEADERS),
      });
      onMethods(app, "/openapi.json", {
        GET: (context) => {
          const document = JSON.stringify(describeApi([...groups, group], needsKey(env)));
          return respondWithDocument(context, document, { "Content-Type": "application/json" });
        },
      });
      onMethods(app, "/docs", { GET: (context) => respondWithDocument(context, docsPage, PAGE_HEADERS) });
      return app;
    },
  };
  return group;
}

const METRICS_HEADERS = { "Content-Type": "text/plain; version=0.0.4", "Cache-Control": "no-store" };

// The page contains all it needs, and may talk to this service only.
const PAGE_HEADERS = {
  "Content-Type": "text/html; charset=UTF-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
};
