// Which task a body is for, where the path does not say: by the body's shape, which is unlike for tasks of unlike inputs, or else the default.
import * as v from "valibot";
import { BertletError } from "../../errors.ts";
import { classify } from "../../tasks/classify.ts";
import type { Task } from "../../tasks/task.ts";

/** The tasks by their names on the Hub. */
export type Pipelines = ReadonlyMap<string, Task>;

export function byPipeline(tasks: readonly Task[]): Pipelines {
  return new Map(tasks.flatMap((task) => (task.pipeline ? [[task.pipeline, task] as const] : [])));
}

/** @throws BertletError `not_found` that lists the tasks */
export function findTask(pipelines: Pipelines, name: string): Task {
  const task = pipelines.get(name);
  if (task) return task;
  throw new BertletError("not_found", `there is no task ${name}; there are ${[...pipelines.keys()].join(", ")}`);
}

const some = v.unknown();
const oneOrMore = <Schema extends v.GenericSchema>(schema: Schema) => v.union([schema, v.array(schema)]);

/** The bodies that only one task takes. */
const SHAPES: readonly (readonly [string, v.GenericSchema])[] = [
  ["text-ranking", v.object({ query: some, texts: some })],
  ["sentence-similarity", v.object({ inputs: v.object({ source_sentence: some }) })],
  ["question-answering", v.object({ inputs: oneOrMore(v.object({ question: some, context: some })) })],
  ["multiple-choice", v.object({ inputs: oneOrMore(v.object({ prompt: some, choices: some })) })],
  ["zero-shot-classification", v.object({ parameters: v.object({ candidate_labels: some }) })],
];

/** The task of the body's shape if there is only one; the default task otherwise. */
export function chooseTask(pipelines: Pipelines, otherwise: Task, body: unknown): Task {
  const name = SHAPES.find(([name, shape]) => pipelines.has(name) && v.is(shape, body))?.[0];
  return name === undefined ? otherwise : findTask(pipelines, name);
}

const bodySchema = v.looseObject({});

/** The body as the task takes it, with the head that the path names. */
export function adaptBody(task: Task, body: unknown, head?: string): unknown {
  const parsed = v.safeParse(bodySchema, body);
  if (!parsed.success) return body;
  const { inputs } = parsed.output;
  // Clients of text classification expect a list of lists even for a single text.
  const listed =
    task === classify && typeof inputs === "string" ? { ...parsed.output, inputs: [inputs] } : parsed.output;
  return head === undefined ? listed : task.withParameter(listed, "head", head);
}
