// A task: what a request asks of a model, as schemas and one function. HTTP routes, queues, the command line, the playground and tests
// all call the same `runTask`.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { describeIssue, strictObject } from "../schemas.ts";
import { toSnakeCase } from "./names.ts";
import { forRequest, type RequestModel, type RequestPolicy } from "./request-model.ts";

export interface Task<Body = unknown, Answer = unknown> {
  /** Unique among the tasks of an app. */
  readonly name: string;
  /** The path of its route. */
  readonly path: string;
  /** The name of the task on the Hugging Face Hub. */
  readonly pipeline: string | undefined;
  readonly summary: string;
  /** What it answers, in a sentence or two. */
  readonly description?: string | undefined;
  /** A body that is answered. */
  readonly example?: unknown;
  readonly body: v.GenericSchema<unknown, Body>;
  readonly answer: v.GenericSchema<unknown, unknown>;
  /** The fields of a GET's query, for tasks that take a single text. */
  readonly query: v.ObjectEntries | undefined;
  /** Builds a body from a query's fields. */
  fromQuery(query: Readonly<Record<string, unknown>>): unknown;
  /** The names of all parameters. */
  readonly parameterNames: readonly string[];
  /** The object of a body that holds its parameters: the body itself, or its `parameters`. */
  parametersOf(body: Body): Readonly<Record<string, unknown>>;
  /** A body, not yet parsed, with another value of one parameter. */
  withParameter(body: Readonly<Record<string, unknown>>, name: string, value: unknown): Record<string, unknown>;
  /** The name of the model, for tasks whose body may choose it. */
  modelOf?(body: Body): string | undefined;
  /** The same task with the defaults that a deployment's variables set. */
  configure?(environment: Readonly<Record<string, unknown>>): Task;
  run(model: RequestModel, body: Body): Promise<Answer>;
}

/** Readonly all the way down: heads give readonly arrays, schemas infer mutable ones. */
type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

type Parsed<Fields extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<Fields, undefined>>;
type Answered<Answer extends v.GenericSchema> = Promise<Frozen<v.InferInput<Answer>>>;

interface Described<Answer extends v.GenericSchema> {
  readonly path: string;
  /** The path without its slash when omitted. */
  readonly name?: string;
  readonly pipeline?: string;
  readonly summary: string;
  /** What it answers, in a sentence or two; the summary when omitted. */
  readonly description?: string;
  /** A body that is answered. */
  readonly example?: unknown;
  readonly answer: Answer;
}

interface FlatDefinition<Fields extends v.ObjectEntries, Answer extends v.GenericSchema> extends Described<Answer> {
  /** The body's fields. If `inputs` is one of them and may be a text, the task also answers GET. */
  readonly fields: Fields;
  modelOf?(body: Parsed<Fields>): string | undefined;
  /** The body itself when omitted. */
  parametersOf?(body: Parsed<Fields>): Readonly<Record<string, unknown>>;
  run(model: RequestModel, body: Parsed<Fields>): Answered<Answer>;
}

interface PipelineDefinition<
  Inputs extends v.GenericSchema,
  Fields extends v.ObjectEntries,
  Answer extends v.GenericSchema,
> extends Described<Answer> {
  readonly inputs: Inputs;
  readonly parameters: Fields;
  configure?(environment: Readonly<Record<string, unknown>>): Task;
  run(model: RequestModel, inputs: v.InferOutput<Inputs>, parameters: Parsed<Fields>): Answered<Answer>;
}

/** Defines a task whose body holds its fields side by side. */
export function defineTask<const Fields extends v.ObjectEntries, const Answer extends v.GenericSchema>({
  fields,
  ...definition
}: FlatDefinition<Fields, Answer>): Task<Parsed<Fields>, Frozen<v.InferInput<Answer>>> {
  return {
    name: definition.path.slice(1),
    pipeline: undefined,
    parametersOf: (body) => body,
    ...definition,
    body: strictObject(fields) as v.GenericSchema<unknown, Parsed<Fields>>,
    query: textQuery(fields),
    fromQuery: (query) => query,
    parameterNames: Object.keys(fields),
    withParameter: (body, name, value) => ({ ...body, [name]: value }),
  };
}

/** Defines a task in the shape of the Hugging Face pipelines: `{inputs, parameters}`. */
export function definePipelineTask<
  const Inputs extends v.GenericSchema,
  const Fields extends v.ObjectEntries,
  const Answer extends v.GenericSchema,
>({
  inputs,
  parameters,
  run,
  ...definition
}: PipelineDefinition<Inputs, Fields, Answer>): Task<PipelineBody<Inputs, Fields>, Frozen<v.InferInput<Answer>>> {
  const checked = strictObject(parameters);
  const body = strictObject({ inputs, parameters: v.is(checked, {}) ? v.optional(checked, {} as never) : checked });
  return {
    name: definition.path.slice(1),
    pipeline: undefined,
    ...definition,
    body: body as unknown as v.GenericSchema<unknown, PipelineBody<Inputs, Fields>>,
    query: textQuery({ inputs, ...parameters }),
    fromQuery: ({ inputs, ...parameters }) => ({ inputs, parameters }),
    parameterNames: Object.keys(parameters),
    parametersOf: ({ parameters }) => parameters,
    withParameter: (body, name, value) => {
      return { ...body, parameters: { ...(body.parameters as object | undefined), [name]: value } };
    },
    run: (model, { inputs, parameters }) => run(model, inputs, parameters),
  };
}

export interface PipelineBody<Inputs extends v.GenericSchema, Fields extends v.ObjectEntries> {
  readonly inputs: v.InferOutput<Inputs>;
  readonly parameters: Parsed<Fields>;
}

/** The fields of a GET, in which `inputs` is a text; undefined for tasks that take no single text. */
function textQuery({ inputs, ...others }: v.ObjectEntries): v.ObjectEntries | undefined {
  return inputs && v.is(inputs, "text") ? { inputs: v.string(), ...others } : undefined;
}

/**
 * Checks a body against the task's schema.
 * @throws BertletError `invalid_input` that names the field
 */
export function parseBody<Schema extends v.GenericSchema>(schema: Schema, body: unknown): v.InferOutput<Schema> {
  // Reports the first issue only: listing every one of half a million would take seconds and gigabytes.
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new BertletError("invalid_input", describeIssue(issue), { field: v.getDotPath(issue) });
}

/**
 * Runs a task on a body that its schema has parsed, under the policy of its request.
 * @throws BertletError whose message names parameters as the body does
 * @example
 * const model = await loadPretrained("models/minilm-l6-heads/model.safetensors");
 * await runTask(classify, model, parseBody(classify.body, { inputs: "a delight" })); // [{ label: "POSITIVE", score: 0.99… }]
 */
export async function runTask<Body, Answer>(
  task: Task<Body, Answer>,
  model: LoadedModel,
  body: Body,
  policy: RequestPolicy = {},
): Promise<Answer> {
  const parameters = task.parametersOf(body);
  const truncationSide = parameters.truncation_direction as RequestPolicy["truncationSide"];
  try {
    return await task.run(forRequest(model, { truncationSide, ...policy }), body);
  } catch (error) {
    if (!(error instanceof BertletError)) throw error;
    const { type, message, field, retryAfter } = error;
    throw new BertletError(type, toSnakeCase(message, task.parameterNames), { field, retryAfter, cause: error });
  }
}
