// The Hono app around one function or several: limits, errors, who may ask from where, what is seen of it from outside. The functions
// themselves are in functions/.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { requestId } from "hono/request-id";
import { environment } from "#runtime";
import { notFound, onError, RequestError } from "./errors.ts";
import { guard } from "./guards.ts";
import { LIMITS } from "./limits.ts";
import { Metrics } from "./metrics.ts";
import type { ModelLoader } from "./model-loader.ts";
import { observe } from "./observe.ts";
import { allowOrigins, readOrigins } from "./origins.ts";
import type { Routes } from "./route.ts";
import { serviceRoutes } from "./service.ts";

export type { Routes } from "./route.ts";

/**
 * @example
 * export default serve(defaultModel, classify);
 */
export function serve(model: ModelLoader, ...functions: readonly Routes[]): Hono {
  const app = new Hono();
  const metrics = new Metrics();
  app.onError(onError);
  app.notFound(notFound);
  app.use(requestId());
  app.use(observe(metrics, (line) => console.log(line)));
  app.use(allowOrigins(readOrigins(environment)));
  app.use(guard());
  app.use(bodyLimit({ maxSize: LIMITS.body_bytes, onError: refuseBody }));
  app.route("/", serviceRoutes(model, metrics, functions));
  for (const routes of functions) app.route("/", routes(model));
  return app;
}

function refuseBody(): never {
  throw new RequestError("input_too_large", `the body is over ${LIMITS.body_bytes} bytes`);
}
