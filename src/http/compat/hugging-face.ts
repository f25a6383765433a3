// Routes for clients of Hugging Face's inference: /pipeline/<task> and /models/<name>, where the name is that of a model (its vectors), of
// a head of the default model, or of both, as model/head. Every request is handed to the task.
import type { Context } from "hono";
import { Hono } from "hono/tiny";
import * as v from "valibot";
import { BertletError } from "../../errors.ts";
import type { Task } from "../../tasks/task.ts";
import { readJson } from "../body.ts";
import { onMethods } from "../methods.ts";
import { answerTask, leaseModel, loadWithHeads, type Operation, type RouteGroup, type Services } from "../routes.ts";
import { adaptBody, byPipeline, findTask } from "./choose-task.ts";

/** The routes of these tasks under their names on the Hub. */
export function huggingFace(tasks: readonly Task[]): RouteGroup {
  const pipelines = byPipeline(tasks);
  return {
    tag: { name: "Hugging Face", description: "For clients of Hugging Face's inference." },
    operations: [
      ...Array.from(pipelines, ([pipeline, { body, answer, description, example }]): Operation => {
        const summary = `The Hub's task ${pipeline}`;
        return { method: "post", path: `/pipeline/${pipeline}`, summary, description, example, body, answer };
      }),
      ...["/models/{name}", "/models/{name}/pipeline/{task}"].map((path): Operation => {
        return {
          method: "post",
          path,
          summary: "The task of a head or model",
          body: v.looseObject({}),
          answer: v.unknown(),
        };
      }),
    ],
    configure: (environment) => huggingFace(tasks.map((task) => task.configure?.(environment) ?? task)),
    mount(services) {
      const app = new Hono();
      onMethods(app, "/pipeline/:task", {
        POST: async (context: Context) => {
          const task = findTask(pipelines, context.req.param("task")!);
          return answerTask(context, services, task, adaptBody(task, await readJson(context)));
        },
      });
      onMethods(app, "/models/:path{.+}", {
        POST: async (context: Context) => {
          const [, name = "", pipeline] = /^(.+?)(?:\/pipeline\/([^/]+))?$/.exec(context.req.param("path")!) ?? [];
          const named = await findNamed(context, services, name);
          const task = findTask(pipelines, pipeline ?? named.pipeline);
          const body = adaptBody(task, await readJson(context), named.head);
          return answerTask(context, services, task, body, named.model);
        },
      });
      return app;
    },
  };
}

/** What a name stands for: a model, or one of its heads. */
interface Named {
  readonly pipeline: string;
  readonly head?: string;
  /** The request's own model when undefined. */
  readonly model?: string | undefined;
}

/** @throws BertletError `not_found` that lists the names */
async function findNamed(context: Context, services: Services, name: string): Promise<Named> {
  const { models } = services;
  const names = await models.names();
  if (names.includes(name)) return { pipeline: "feature-extraction", model: name };
  const model = names.find((model) => name.startsWith(`${model}/`));
  const headName = model === undefined ? name : name.slice(model.length + 1);
  const { heads } = await loadWithHeads(services, leaseModel(context, models, model), [headName]);
  const head = heads.find((head) => head.name === headName);
  if (head) return { pipeline: head.task, head: head.name, model };
  const known = [...names, ...heads.map(({ name }) => (model === undefined ? name : `${model}/${name}`))];
  throw new BertletError("not_found", `there is no model ${name}; there are ${known.join(", ")}`);
}
