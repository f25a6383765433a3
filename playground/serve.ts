// The app around the functions in the browser mode: their errors and times, without what only a server needs. In the page's bundle it
// stands where src/http/serve.ts stands in a Worker's.
import { Hono } from "hono";
import { notFound, onError } from "../src/http/errors.ts";
import { Metrics } from "../src/http/metrics.ts";
import type { ModelLoader } from "../src/http/model-loader.ts";
import { observe } from "../src/http/observe.ts";
import type { Routes } from "../src/http/route.ts";

export function serve(model: ModelLoader, ...functions: readonly Routes[]): Hono {
  const app = new Hono();
  app.onError(onError);
  app.notFound(notFound);
  app.use(observe(new Metrics(), () => {}));
  for (const routes of functions) app.route("/", routes(model));
  return app;
}
