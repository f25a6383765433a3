// The Hono app around one function or several: limits, errors, /info and /health. The functions themselves are in functions/.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { methodNotAllowed, notFound, onError, RequestError } from "./errors.ts";
import { describeService } from "./info.ts";
import { LIMITS } from "./limits.ts";
import type { ModelLoader } from "./model-loader.ts";

/** A function's routes, over a model. */
export type Routes = (model: ModelLoader) => Hono;

/**
 * @example
 * export default serve(defaultModel, classify);
 */
export function serve(model: ModelLoader, ...functions: readonly Routes[]): Hono {
  const app = new Hono();
  app.onError(onError);
  app.notFound(notFound);
  app.use(bodyLimit({ maxSize: LIMITS.body_bytes, onError: refuseBody }));
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.all("/health", methodNotAllowed("GET"));
  app.get("/info", async (context) => context.json(describeService(await model())));
  app.all("/info", methodNotAllowed("GET"));
  for (const routes of functions) app.route("/", routes(model));
  return app;
}

function refuseBody(): never {
  throw new RequestError("input_too_large", `the body is over ${LIMITS.body_bytes} bytes`);
}
