// What an app is put together from: groups of routes over shared services, and the route of a task.
import type { Context } from "hono";
import { Hono } from "hono/tiny";
import type * as v from "valibot";
import type { LoadedModel } from "../models/loaded-model.ts";
import { parseBody, runTask, type Task } from "../tasks/task.ts";
import type { TurnQueue } from "../tasks/turns.ts";
import type { AnswerCache } from "./answers/answer-cache.ts";
import { readJson } from "./body.ts";
import type { ErrorFormat } from "./errors.ts";
import { onMethods } from "./methods.ts";
import type { RateLimits } from "./middleware/rate-limit.ts";
import type { Lease, ModelProvider } from "./models/provider.ts";
import { readQuery } from "./query.ts";
import type { TaughtHeads } from "./teaching.ts";
import type { UnknownHeads } from "./unknown-heads.ts";

/** What the routes of an app share. */
export interface Services {
  readonly models: ModelProvider;
  readonly answers: AnswerCache;
  readonly turns: TurnQueue;
  readonly rates: RateLimits;
  readonly unknownHeads: UnknownHeads;
  /** Undefined for an app that nobody teaches. */
  readonly taught: TaughtHeads | undefined;
}

/** One method of one path, for /openapi.json. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "delete";
  /** As OpenAPI writes it: {name} for a part that varies. */
  readonly path: string;
  readonly summary: string;
  /** The summary when omitted. */
  readonly description?: string | undefined;
  /** A body that is answered. */
  readonly example?: unknown;
  /** What the path's query may hold. */
  readonly query?: v.ObjectEntries;
  readonly body?: v.GenericSchema;
  readonly answer: v.GenericSchema;
  /** application/json when omitted. */
  readonly contentType?: string;
}

/** A heading in /openapi.json. */
export interface Tag {
  readonly name: string;
  readonly description: string;
}

/** Routes beside those of an app's tasks. */
export interface RouteGroup {
  readonly tag?: Tag;
  readonly operations: readonly Operation[];
  /** Paths that need no key, as Hono writes them. */
  readonly openPaths?: readonly string[];
  /** The format of errors on these paths, which may end in a wildcard. */
  readonly errors?: { readonly paths: readonly string[]; readonly format: ErrorFormat };
  /** The same group with what a deployment's variables set. */
  configure?(environment: Readonly<Record<string, unknown>>): RouteGroup;
  mount(services: Services): Hono;
}

/** A group that consists of tasks. */
export function taskGroup(tasks: readonly Task[]): RouteGroup {
  return {
    tag: { name: "Tasks", description: "What the model answers." },
    operations: tasks.flatMap(operationsOf),
    mount(services) {
      const app = new Hono();
      for (const task of tasks) mountTask(app, task, services);
      return app;
    },
  };
}

function operationsOf({ path, summary, description, example, answer, body, query }: Task): Operation[] {
  const shared = { path, summary, description, example, answer };
  const post: Operation = { ...shared, method: "post", body };
  return query ? [post, { ...shared, method: "get", query }] : [post];
}

function mountTask(app: Hono, task: Task, services: Services): void {
  const { query } = task;
  onMethods(app, task.path, {
    ...(query && { GET: (context) => answerTask(context, services, task, task.fromQuery(readQuery(context, query))) }),
    POST: async (context) => answerTask(context, services, task, await readJson(context)),
  });
}

/**
 * Answers a task for a body that is JSON but not checked yet.
 * @param modelName the model's name, if the route knows it
 * @throws BertletError
 */
export async function answerTask(
  context: Context,
  services: Services,
  task: Task,
  value: unknown,
  modelName?: string,
): Promise<Response> {
  const body = parseBody(task.body, value);
  const lease = leaseModel(context, services.models, modelName ?? task.modelOf?.(body));
  const { heads, usage, key } = context.var.scope;
  const id = await lease.identify();
  const taught = await services.taught?.find(id, task.parametersOf(body));
  const identity = [task.path, id, heads && [...heads].toSorted(), body, ...(taught?.versions ?? [])];
  const compute = async () => {
    const loaded = await lease.load();
    const model = taught?.extend(loaded) ?? loaded;
    if (key && heads && !services.taught) services.unknownHeads.report(key.name, heads, model);
    const answer = await runTask(task, model, body, {
      usage,
      heads,
      turns: services.turns,
      signal: context.req.raw.signal,
    });
    taught?.keep(context.var.requestId, textsIn(body));
    return answer;
  };
  return services.answers.respond(
    context,
    taught?.cacheable === false ? undefined : identity,
    compute,
    taught?.mayChange,
  );
}

/**
 * The leased model, with those of these heads that are taught.
 * @throws BertletError as the model's loading and {@link RequestHeads.extend}
 */
export async function loadWithHeads(services: Services, lease: Lease, names: readonly string[]): Promise<LoadedModel> {
  const taught = await services.taught?.find(await lease.identify(), { heads: names });
  const model = await lease.load();
  return taught?.extend(model) ?? model;
}

/** The single texts of a body. */
function textsIn(body: unknown): readonly string[] {
  const inputs = [(body as { readonly inputs?: unknown }).inputs].flat();
  return inputs.every((text) => typeof text === "string") ? inputs : [];
}

/** The named model, or the one that the request chose, until the request ends. @throws RequestError `not_found` */
export function leaseModel({ var: { scope } }: Context, models: ModelProvider, name?: string): Lease {
  const lease = models.lease(name ?? scope.model);
  scope.lease = lease;
  scope.cleanups.push(() => lease.release());
  return lease;
}
