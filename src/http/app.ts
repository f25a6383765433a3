// createApp: a Hono app around tasks, with limits, errors, keys, caching and metrics.

import { requestId } from "hono/request-id";
import { Hono } from "hono/tiny";
import { environment } from "#runtime";
import type { Task } from "../tasks/task.ts";
import { TurnQueue } from "../tasks/turns.ts";
import { AnswerCache } from "./answers/answer-cache.ts";
import { buildId } from "./build.ts";
import { formatErrors, notFound, onError } from "./errors.ts";
import { admit } from "./middleware/admission.ts";
import { measureHead } from "./middleware/content-length.ts";
import { Metrics } from "./middleware/metrics.ts";
import { observe } from "./middleware/observe.ts";
import { allowOrigins, readOrigins } from "./middleware/origins.ts";
import { RateLimits } from "./middleware/rate-limit.ts";
import { beginScope, openScope, RequestRegistry } from "./middleware/request-scope.ts";
import { provideModels } from "./models/provide.ts";
import type { ModelSource } from "./models/provider.ts";
import type { ApiDocs } from "./openapi/api-docs.ts";
import { type RouteGroup, type Services, taskGroup } from "./routes.ts";
import { healthRoute, serviceGroup } from "./service.ts";
import type { Teaching } from "./teaching.ts";
import { UnknownHeads } from "./unknown-heads.ts";

export interface AppOptions {
  /** A packed model that comes with the script, a function that loads one, or a provider of several. */
  readonly model: ModelSource;
  readonly tasks?: readonly Task[];
  /** Routes beside the tasks', such as those in src/http/compat. */
  readonly groups?: readonly RouteGroup[];
  /** Heads that are taught while the app runs: `teaching` adds /heads; none when omitted. */
  readonly teaching?: (env: Readonly<Record<string, unknown>>) => Teaching;
  /** Routes that describe the app: `apiDocs` adds /openapi.json and /docs; none when omitted. */
  readonly docs?: ApiDocs;
  /** How requests take turns at the model; a queue of the app's own when omitted. */
  readonly turns?: TurnQueue;
  /** Variables, secrets and bindings; the runtime's own when omitted. Settings are read from them once, here. */
  readonly env?: Readonly<Record<string, unknown>>;
}

/**
 * An app that can be served as it is, or mounted in another: `new Hono().route("/nlp", createApp(…))`.
 * @throws Error for a setting that is wrong, naming the variable and the field
 * @example
 * import model from "bertlet-model-minilm-l6-heads/model.safetensors";
 * export default createApp({ model, tasks: [classify, understand] });
 */
export function createApp({
  model,
  tasks = [],
  groups = [],
  teaching,
  docs,
  turns,
  env = environment,
}: AppOptions): Hono {
  const build = buildId(env);
  const rates = new RateLimits(env);
  const taught = teaching?.(env);
  const services: Services = {
    models: provideModels(model, env),
    answers: new AnswerCache(build),
    turns: turns ?? new TurnQueue(),
    rates,
    unknownHeads: new UnknownHeads((line) => console.error(line)),
    taught: taught?.heads,
  };
  const configured = tasks.map((task) => task.configure?.(env) ?? task);
  const others = groups.map((group) => group.configure?.(env) ?? group);
  const metrics = new Metrics(build);
  // Groups come first: some have middleware for the tasks' paths.
  const routes = [...others, taskGroup(configured), ...(taught ? [taught.group] : [])];
  const described = [...routes, serviceGroup(metrics)];
  const all = docs ? [...described, docs(described, env)] : described;

  const app = new Hono();
  app.onError(onError);
  app.notFound(notFound);
  for (const { errors } of all) for (const path of errors?.paths ?? []) app.use(path, formatErrors(errors!.format));
  app.use(measureHead());
  app.use(requestId());
  app.use(beginScope());
  app.use(observe({ metrics, build, log: (line) => console.log(line) }));
  app.use(allowOrigins(readOrigins(env)));
  app.route("/", healthRoute());
  for (const path of all.flatMap(({ openPaths = [] }) => openPaths)) app.use(path, openScope());
  app.use(admit({ env, registry: new RequestRegistry(), rates }));
  for (const group of all) app.route("/", group.mount(services));
  return app;
}
