// Routes of one path: a handler per method, OPTIONS, and 405 for every other method; both say in `Allow` what there is.
import type { Handler, Hono } from "hono";
import { RequestError } from "./errors.ts";

/**
 * @example
 * onMethods(app, "/health", { GET: (context) => context.json({ status: "ok" }) });
 */
export function onMethods(app: Hono, path: string, handlers: Readonly<Record<string, Handler>>): void {
  for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler);
  const methods = Object.keys(handlers);
  // Hono answers HEAD with the handler of GET.
  const allowed = [...methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])), "OPTIONS"];
  app.all(path, (context) => {
    context.header("Allow", allowed.join(", "));
    if (context.req.method === "OPTIONS") return context.body(null, 204);
    throw new RequestError("method_not_allowed", `${context.req.path} takes ${methods.join(" or ")}`);
  });
}
