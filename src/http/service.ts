// What every service says of itself: /health, /info, /metrics, /openapi.json and a page for people at /docs.
import { type Handler, Hono } from "hono";
import * as v from "valibot";
import { environment } from "#runtime";
import { needsKey } from "./auth.ts";
import { docsPage } from "./docs-page.ts";
import { methodNotAllowed } from "./errors.ts";
import { isOpen } from "./guards.ts";
import { describeService, infoSchema } from "./info.ts";
import type { Metrics } from "./metrics.ts";
import type { ModelLoader } from "./model-loader.ts";
import { describeApi } from "./openapi.ts";
import type { Operation, Routes } from "./route.ts";

const get = { method: "get" } as const;

const SERVICE: readonly Operation[] = [
  { ...get, path: "/health", summary: "Whether the service runs", answer: v.object({ status: v.literal("ok") }) },
  { ...get, path: "/info", summary: "Version, model, heads and limits", answer: infoSchema },
  { ...get, path: "/metrics", summary: "Counts of this isolate", answer: v.string(), contentType: "text/plain" },
];

/** The routes of a service with these functions. */
export function serviceRoutes(model: ModelLoader, metrics: Metrics, functions: readonly Routes[]): Hono {
  const handlers: Readonly<Record<string, Handler>> = {
    "/health": (context) => context.json({ status: "ok" }),
    "/info": async (context) => context.json(describeService(await model())),
    "/metrics": (context) => context.body(metrics.text(), 200, { "Content-Type": "text/plain; version=0.0.4" }),
    "/openapi.json": (context) => {
      const operations = functions.flatMap((routes) => routes.operations ?? []);
      return context.json(describeApi([...operations, ...SERVICE], needsKey(environment) ? isOpen : undefined));
    },
    "/docs": (context) => context.html(docsPage, 200, { "Content-Security-Policy": PAGE_POLICY }),
  };
  const app = new Hono();
  for (const [path, handler] of Object.entries(handlers)) {
    app.get(path, handler);
    app.all(path, methodNotAllowed("GET"));
  }
  return app;
}

// The page brings all it needs with it, and talks to this service alone.
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
