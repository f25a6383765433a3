// One address for every task, as Hugging Face's endpoints, Text Embeddings Inference (TEI), SageMaker and Vertex AI have it: POST /,
// POST /invocations with GET /ping, and POST /vertex with several bodies at once.
import type { Context } from "hono";
import { Hono } from "hono/tiny";
import * as v from "valibot";
import { BertletError } from "../../errors.ts";
import { readSetting } from "../../runtime/settings.ts";
import { strictObject } from "../../schemas.ts";
import { tokenLimits } from "../../tasks/cost.ts";
import { checkCount } from "../../tasks/inputs.ts";
import { defineTask, parseBody, runTask, type Task } from "../../tasks/task.ts";
import { readJson } from "../body.ts";
import { onMethods } from "../methods.ts";
import { answerTask, type Operation, type RouteGroup, taskGroup } from "../routes.ts";
import { adaptBody, byPipeline, chooseTask, findTask } from "./choose-task.ts";

/** The variable ENDPOINT. */
const settingsSchema = strictObject({
  /** The task of bodies whose shape fits several, by its name on the Hub. */
  task: v.optional(v.string()),
});
type Settings = v.InferOutput<typeof settingsSchema>;

const DEFAULT_TASK = "feature-extraction";
const PATHS = ["/", "/invocations"];

/**
 * The endpoint of these tasks. A body's shape chooses the task; where it fits several, such as {inputs: "a text"}, it is that of the variable
 * ENDPOINT, feature-extraction when it is not set, or the first task when there is no feature-extraction.
 */
export function endpoint(tasks: readonly Task[], settings: Settings = {}): RouteGroup {
  const pipelines = byPipeline(tasks);
  const otherwise = settings.task === undefined ? pipelines.get(DEFAULT_TASK) : findTask(pipelines, settings.task);
  const [first] = pipelines.values();
  const choose = (body: unknown) => chooseTask(pipelines, otherwise ?? first!, body);
  const vertex = taskGroup([vertexTask(choose)]);
  return {
    operations: [
      ...PATHS.map((path): Operation => {
        const summary = "The task that the body's shape or the variable ENDPOINT chooses";
        return { method: "post", path, summary, body: v.looseObject({}), answer: v.unknown() };
      }),
      { method: "get", path: "/ping", summary: "Whether the service runs", answer: statusSchema },
      ...vertex.operations,
    ],
    openPaths: ["/ping"],
    configure(environment) {
      const configured = tasks.map((task) => task.configure?.(environment) ?? task);
      return endpoint(configured, readSetting("ENDPOINT", settingsSchema, environment));
    },
    mount(services) {
      const app = new Hono();
      const POST = async (context: Context) => {
        const body = await readJson(context);
        const task = choose(body);
        return answerTask(context, services, task, adaptBody(task, body));
      };
      for (const path of PATHS) onMethods(app, path, { POST });
      onMethods(app, "/ping", { GET: (context) => context.json({ status: "ok" }) });
      app.route("/", vertex.mount(services));
      return app;
    },
  };
}

const statusSchema = v.object({ status: v.literal("ok") });

/** {instances: [a body, …]} → {predictions: [its answer, …]}. */
function vertexTask(choose: (body: unknown) => Task): Task {
  return defineTask({
    path: "/vertex",
    summary: "Several bodies at once, as Vertex AI sends them",
    fields: { instances: v.array(v.looseObject({})) },
    answer: v.object({ predictions: v.array(v.unknown()) }),
    async run(model, { instances }) {
      checkCount(instances);
      const { sliced_tokens } = tokenLimits(model.config);
      const predictions: unknown[] = [];
      for (const instance of instances) {
        const task = choose(instance);
        predictions.push(await runTask(task, model, parseBody(task.body, instance)));
        if (model.usage.tokens > sliced_tokens)
          throw new BertletError("input_too_large", `the instances have more than ${sliced_tokens} tokens`);
      }
      return { predictions };
    },
  });
}
