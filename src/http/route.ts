// How a function is defined: a path, what it takes and gives as schemas, and what computes the answer. Everything else, reading and checking
// the body, GET for a single text, caching, other methods, the entry in /openapi.json, follows from that here.
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { LoadedModel } from "../models/loaded-model.ts";
import { answer } from "./answers.ts";
import { parseBody, readJson } from "./body.ts";
import { methodNotAllowed } from "./errors.ts";
import type { ModelLoader } from "./model-loader.ts";
import { readQuery } from "./query.ts";
import { metered, type Usage } from "./usage.ts";

/** One method of one path, for /openapi.json. */
export interface Operation {
  readonly method: "get" | "post";
  /** As OpenAPI writes it: {name} for a part that varies. */
  readonly path: string;
  readonly summary: string;
  /** What the path's query may hold. */
  readonly query?: v.ObjectEntries;
  readonly body?: v.GenericSchema;
  readonly answer: v.GenericSchema;
  /** application/json when left out. */
  readonly contentType?: string;
}

/** A function's routes, over a model. */
export interface Routes {
  (model: ModelLoader): Hono;
  readonly operations?: readonly Operation[];
}

/** A route that other functions can serve, too, under their own paths. */
export interface Route extends Routes {
  readonly operations: readonly Operation[];
  readonly task: string | undefined;
  /** Whether parameters have a field of their own in the body. */
  readonly nested: boolean;
  readonly body: v.GenericSchema;
  readonly answerSchema: v.GenericSchema;
  /** Answers a body that is JSON but not checked yet. */
  respond(context: Context, model: ModelLoader, body: unknown): Promise<Response>;
}

interface Described<Answer extends v.GenericSchema> {
  readonly path: string;
  /** The name of the task on the Hugging Face Hub. */
  readonly task?: string;
  readonly summary: string;
  readonly answer: Answer;
}

interface RouteDefinition<Fields extends v.ObjectEntries, Answer extends v.GenericSchema> extends Described<Answer> {
  /** The body's fields; one that is called `inputs` and may be a text makes a GET. */
  readonly fields: Fields;
  /** The name of the model where the body chooses it. */
  modelOf?(body: Fielded<Fields>): string;
  run(model: LoadedModel, body: Fielded<Fields>, usage: Usage): Promise<Frozen<v.InferInput<Answer>>>;
}

interface TaskDefinition<Inputs extends v.GenericSchema, Fields extends v.ObjectEntries, Answer extends v.GenericSchema>
  extends Described<Answer> {
  readonly inputs: Inputs;
  readonly parameters: Fields;
  run(
    model: LoadedModel,
    inputs: v.InferOutput<Inputs>,
    parameters: Fielded<Fields>,
  ): Promise<Frozen<v.InferInput<Answer>>>;
}

/** What nobody will change, all the way down: heads give readonly arrays, schemas infer others. */
type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

type Fielded<Fields extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<Fields, undefined>>;

/** A route whose body holds its fields side by side. */
export function route<const Fields extends v.ObjectEntries, const Answer extends v.GenericSchema>(
  definition: RouteDefinition<Fields, Answer>,
): Route {
  const { fields } = definition;
  const body = v.strictObject(fields);
  return build({ ...definition, body, nested: false, query: fields, toBody: (query) => query });
}

/** A route in the shape of the Hugging Face tasks: {inputs, parameters}. */
export function task<
  const Inputs extends v.GenericSchema,
  const Fields extends v.ObjectEntries,
  const Answer extends v.GenericSchema,
>(definition: TaskDefinition<Inputs, Fields, Answer>): Route {
  const { inputs, parameters } = definition;
  const checked = v.strictObject(parameters);
  const body = v.object({ inputs, parameters: v.is(checked, {}) ? v.optional(checked, {} as never) : checked });
  return build({
    ...definition,
    body,
    nested: true,
    query: { inputs, ...parameters },
    toBody: ({ inputs, ...parameters }) => ({ inputs, parameters }),
    run: (model, { inputs, parameters }) =>
      definition.run(model, inputs as v.InferOutput<Inputs>, parameters as Fielded<Fields>),
  });
}

interface Buildable<Body extends v.GenericSchema, Answer extends v.GenericSchema> extends Described<Answer> {
  readonly body: Body;
  readonly nested: boolean;
  readonly query: v.ObjectEntries;
  toBody(query: Readonly<Record<string, unknown>>): unknown;
  modelOf?(body: v.InferOutput<Body>): string;
  run(model: LoadedModel, body: v.InferOutput<Body>, usage: Usage): Promise<Frozen<v.InferInput<Answer>>>;
}

function build<Body extends v.GenericSchema, Answer extends v.GenericSchema>(route: Buildable<Body, Answer>): Route {
  const { path, body, query: fields, toBody, answer: answerSchema, summary, task, nested } = route;
  const query = textQuery(fields);
  const respond = async (context: Context, model: ModelLoader, value: unknown) => {
    const parsed = parseBody(body, value);
    const pretrained = await model(route.modelOf?.(parsed));
    const { usage } = context.var;
    return answer(context, [pretrained.digest, parsed], () => route.run(metered(pretrained, usage), parsed, usage));
  };
  const mount = (model: ModelLoader): Hono => {
    const app = new Hono();
    app.post(path, async (context) => respond(context, model, await readJson(context)));
    if (query) app.get(path, (context) => respond(context, model, toBody(readQuery(context, query))));
    app.all(path, query ? methodNotAllowed("GET", "POST") : methodNotAllowed("POST"));
    return app;
  };
  const operation = { path, summary, answer: answerSchema };
  const operations: Operation[] = [{ ...operation, method: "post", body }];
  if (query) operations.push({ ...operation, method: "get", query });
  return Object.assign(mount, { operations, task, nested, body, answerSchema, respond });
}

/** The query of a GET: the fields, `inputs` being a text; none where it cannot be one. */
function textQuery({ inputs, ...others }: v.ObjectEntries): v.ObjectEntries | undefined {
  return inputs && v.is(inputs, "text") ? { inputs: v.string(), ...others } : undefined;
}
