// What every app says of itself: /health, /info and /metrics.
import { Hono } from "hono/tiny";
import * as v from "valibot";
import { describeModel, infoSchema } from "./info.ts";
import { onMethods } from "./methods.ts";
import type { Metrics } from "./middleware/metrics.ts";
import { leaseModel, type RouteGroup } from "./routes.ts";

/** /health is mounted before everything that may refuse a request. */
export function healthRoute(): Hono {
  const app = new Hono();
  onMethods(app, "/health", { GET: (context) => context.json({ status: "ok" }, 200, { "Cache-Control": "no-store" }) });
  return app;
}

/** /info and /metrics. */
export function serviceGroup(metrics: Metrics): RouteGroup {
  const get = { method: "get" } as const;
  return {
    tag: { name: "Service", description: "What the service says of itself." },
    operations: [
      { ...get, path: "/health", summary: "Whether the service runs", answer: v.object({ status: v.literal("ok") }) },
      { ...get, path: "/info", summary: "Version, model, heads and limits", answer: infoSchema },
      { ...get, path: "/metrics", summary: "Counts of this isolate", answer: v.string(), contentType: "text/plain" },
    ],
    openPaths: ["/health"],
    mount({ models }) {
      const app = new Hono();
      onMethods(app, "/info", {
        GET: async (context) => {
          const model = await leaseModel(context, models).load();
          return context.json(describeModel(model, context.var.scope.heads), 200, { "Cache-Control": "no-store" });
        },
      });
      onMethods(app, "/metrics", {
        GET: (context) => context.body(metrics.text(), 200, METRICS_HEADERS),
      });
      return app;
    },
  };
}

const METRICS_HEADERS = { "Content-Type": "text/plain; version=0.0.4", "Cache-Control": "no-store" };
