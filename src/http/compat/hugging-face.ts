// Routes for clients of Hugging Face's inference: /pipeline/<task> and /models/<name>, where the name is that of a head, of the model (its
// vectors), or both, as model/head. Every request is handed to the task.
import { type Context, Hono } from "hono";
import * as v from "valibot";
import { BertletError } from "../../errors.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { classify } from "../../tasks/classify.ts";
import type { Task } from "../../tasks/task.ts";
import { readJson } from "../body.ts";
import { onMethods } from "../methods.ts";
import { answerTask, leaseModel, type Operation, type RouteGroup } from "../routes.ts";

const bodySchema = v.looseObject({});

/** The routes of these tasks under their names on the Hub. */
export function huggingFace(tasks: readonly Task[]): RouteGroup {
  const byPipeline = new Map(tasks.flatMap((task) => (task.pipeline ? [[task.pipeline, task] as const] : [])));
  const findTask = (pipeline: string): Task => {
    const task = byPipeline.get(pipeline);
    if (task) return task;
    throw new BertletError("not_found", `there is no task ${pipeline}; there are ${[...byPipeline.keys()].join(", ")}`);
  };
  return {
    operations: [
      ...Array.from(byPipeline, ([pipeline, { body, answer }]): Operation => {
        return { method: "post", path: `/pipeline/${pipeline}`, summary: `The Hub's task ${pipeline}`, body, answer };
      }),
      ...["/models/{name}", "/models/{name}/pipeline/{task}"].map((path): Operation => {
        return { method: "post", path, summary: "The task of a head or model", body: bodySchema, answer: v.unknown() };
      }),
    ],
    mount(services) {
      const app = new Hono();
      onMethods(app, "/pipeline/:task", {
        POST: async (context: Context) => {
          const task = findTask(context.req.param("task")!);
          return answerTask(context, services, task, adapt(task, await readJson(context)));
        },
      });
      onMethods(app, "/models/:path{.+}", {
        POST: async (context: Context) => {
          const [, name = "", pipeline] = /^(.+?)(?:\/pipeline\/([^/]+))?$/.exec(context.req.param("path")!) ?? [];
          const named = findNamed(await leaseModel(context, services.models).load(), name);
          const task = findTask(pipeline ?? named.pipeline);
          return answerTask(context, services, task, adapt(task, await readJson(context), named.head));
        },
      });
      return app;
    },
  };
}

/** What a name stands for: a head and its task, or the model itself. */
function findNamed({ origin, heads }: LoadedModel, name: string): { pipeline: string; head?: string } {
  const model = origin?.name ?? "default";
  if (name === model) return { pipeline: "feature-extraction" };
  const head = heads.find((head) => head.name === name || `${model}/${head.name}` === name);
  if (head) return { pipeline: head.task, head: head.name };
  const names = [model, ...heads.map(({ name }) => name)];
  throw new BertletError("not_found", `there is no model ${name}; there are ${names.join(", ")}`);
}

/** The body as the task takes it, with the head that the path names. */
function adapt(task: Task, body: unknown, head?: string): unknown {
  const parsed = v.safeParse(bodySchema, body);
  if (!parsed.success) return body;
  const { inputs } = parsed.output;
  // Clients of text classification expect a list of lists even for a single text.
  const listed =
    task === classify && typeof inputs === "string" ? { ...parsed.output, inputs: [inputs] } : parsed.output;
  return head === undefined ? listed : task.withParameter(listed, "head", head);
}
