// A service that clients of Hugging Face's inference can talk to: /pipeline/<task>, and /models/<name>, where the name is that of a head,
// of the model (its vectors), or both, as model/head. It hands every request to the function of the task.
import { Hono } from "hono";
import * as v from "valibot";
import { readJson } from "../src/http/body.ts";
import { methodNotAllowed, RequestError } from "../src/http/errors.ts";
import type { ModelLoader } from "../src/http/model-loader.ts";
import type { Operation, Route } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import type { LoadedModel } from "../src/models/loaded-model.ts";
import { answer } from "./answer.ts";
import { choose } from "./choose.ts";
import { classify } from "./classify.ts";
import { defaultModel } from "./default-model.ts";
import { embed } from "./embed.ts";
import { entities } from "./entities.ts";
import { fillMask } from "./fill-mask.ts";
import { generate } from "./generate.ts";
import { nextSentence } from "./next-sentence.ts";
import { pretraining } from "./pretraining.ts";
import { rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";
import { zeroShot } from "./zero-shot.ts";

const ROUTES = [answer, choose, classify, embed, entities, fillMask, generate, nextSentence, pretraining, rerank];
const TASKS = new Map([...ROUTES, similarity, zeroShot].map((route) => [route.task, route]));

const bodySchema = v.looseObject({ parameters: v.optional(v.looseObject({})) });

const operations: readonly Operation[] = [
  ...Array.from(TASKS, ([task, { body, answerSchema: answer }]): Operation => {
    return { method: "post", path: `/pipeline/${task}`, summary: `The Hub's task ${task}`, body, answer };
  }),
  ...["/models/{name}", "/models/{name}/pipeline/{task}"].map((path): Operation => {
    return { method: "post", path, summary: "The task of a head or model", body: bodySchema, answer: v.unknown() };
  }),
];

function mount(model: ModelLoader): Hono {
  const app = new Hono();
  app.post("/pipeline/:task", async (context) => {
    const route = routeOf(context.req.param("task"));
    return route.respond(context, model, adapt(route, await readJson(context)));
  });
  app.post("/models/:path{.+}", async (context) => {
    const [, name = "", task] = /^(.+?)(?:\/pipeline\/([^/]+))?$/.exec(context.req.param("path")) ?? [];
    const named = findNamed(await model(), name);
    const route = routeOf(task ?? named.task);
    return route.respond(context, model, adapt(route, await readJson(context), named.head));
  });
  for (const path of ["/pipeline/:task", "/models/:path{.+}"]) app.all(path, methodNotAllowed("POST"));
  return app;
}

function routeOf(task: string): Route {
  const route = TASKS.get(task);
  if (!route)
    throw new RequestError("not_found", `there is no task ${task}; there are ${[...TASKS.keys()].join(", ")}`);
  return route;
}

/** What a name stands for: a head and its task, or the model itself. */
function findNamed({ origin, heads }: LoadedModel, name: string): { task: string; head?: string } {
  const model = origin?.name ?? "bertlet";
  if (name === model) return { task: "feature-extraction" };
  const head = heads.find((head) => head.name === name || `${model}/${head.name}` === name);
  if (head) return { task: head.task, head: head.name };
  throw new RequestError(
    "not_found",
    `there is no model ${name}; there are ${heads.map(({ name }) => name).join(", ")}`,
  );
}

/** The body as the function takes it: with the head that the path names. */
function adapt(route: Route, body: unknown, head?: string): unknown {
  const parsed = v.safeParse(bodySchema, body);
  if (!parsed.success) return body;
  // Clients of this task expect a list a text, also for a single one.
  const { inputs } = parsed.output;
  const listed =
    route === classify && typeof inputs === "string" ? { ...parsed.output, inputs: [inputs] } : parsed.output;
  if (head === undefined) return listed;
  return route.nested ? { ...listed, parameters: { ...listed.parameters, head } } : { ...listed, head };
}

/** The tasks of the functions above, under the Hub's names. */
export const huggingFace = Object.assign(mount, { operations });

export default serve(defaultModel, huggingFace);
