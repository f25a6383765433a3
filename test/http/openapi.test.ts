// /openapi.json as generators and people read it: headings, descriptions, examples that are answered, and types with names of their own.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { huggingFace } from "../../src/http/compat/hugging-face.ts";
import { openai } from "../../src/http/compat/openai.ts";
import { predict } from "../../src/http/compat/tei.ts";
import { apiDocs } from "../../src/http/openapi/api-docs.ts";
import { TASKS } from "../../src/tasks/index.ts";
import { parseBody } from "../../src/tasks/task.ts";
import { readFixture } from "../fixtures.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

interface Content {
  readonly [type: string]: { readonly schema: Schema; readonly example?: unknown };
}
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema | false;
  readonly additionalProperties?: boolean;
}
interface Operation {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly headers?: object; readonly content?: Content }>>;
}
interface Document {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const model = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
const app = createApp({
  model,
  docs: apiDocs,
  tasks: [...TASKS, predict],
  groups: [openai, huggingFace(TASKS)],
  env: {},
});
const document = (await (await app.request("/openapi.json")).json()) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);
const schemaOf = ({ $ref, ...schema }: Schema): Schema =>
  $ref === undefined ? schema : document.components.schemas[$ref.slice("#/components/schemas/".length)]!;

test("every operation has a heading that is described, a description, and an identifier of its own", () => {
  const described = new Map(document.tags.map(({ name, description }) => [name, description]));
  for (const { path, tags, summary, description } of operations) {
    expect([path, tags.length]).toEqual([path, 1]);
    expect(described.get(tags[0]!)).toMatch(/\w\.$/);
    expect(summary).toMatch(/^\w/);
    expect(description).toMatch(/\.$/);
  }
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^(get|post)([A-Z0-9][A-Za-z0-9]*)$/);
});

test("every type that a generated client would make has a name", () => {
  /** Objects without a name: a generator calls them by where they are. */
  const unnamed = (schema: Schema, where: string): string[] => {
    if (schema.$ref !== undefined) return [];
    if (schema.properties && where.split(".").length > 1) return [where];
    return [
      ...Object.entries(schema.properties ?? {}).flatMap(([key, field]) => unnamed(field, `${where}.${key}`)),
      ...(schema.anyOf ?? []).flatMap((one) => unnamed(one, `${where}.?`)),
      ...(schema.items ? unnamed(schema.items, `${where}.[]`) : []),
    ];
  };
  const tasks = new Set(TASKS.map(({ path }) => path));
  const answers = operations.filter(({ path }) => tasks.has(path)).map(({ responses }) => responses["200"]!.content!);
  for (const { "application/json": json } of answers.filter((content) => "application/json" in content)) {
    expect(json!.schema.$ref).toMatch(/^#\/components\/schemas\/[A-Z][A-Za-z0-9]*$/);
    expect(unnamed(schemaOf(json!.schema), "answer")).toEqual([]);
  }
  for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[A-Z][A-Za-z0-9]*$/);
});

test("a GET and a POST of a task answer the same type, and so does its route on the Hub", () => {
  const answer = (path: string, method: string) =>
    document.paths[path]![method]!.responses["200"]!.content!["application/json"]!.schema;
  expect(answer("/classify", "get")).toEqual(answer("/classify", "post"));
  expect(answer("/pipeline/text-classification", "post")).toEqual(answer("/classify", "post"));
});

test("the header that chooses a model, and those that say what an answer cost, are there", () => {
  for (const { path } of TASKS) {
    const { parameters, responses } = document.paths[path]!.post!;
    expect(parameters).toContainEqual(expect.objectContaining({ name: "X-Model", in: "header" }));
    expect(Object.keys(responses["200"]!.headers!)).toEqual(
      expect.arrayContaining(["X-Tokens", "X-Truncated", "X-Cache"]),
    );
  }
});

describe.each(TASKS.map((task) => [task.path, task] as const))("%s", (path, task) => {
  test("has an example, which is answered", async () => {
    const body = task.example as object;
    const { "application/json": json } = document.paths[path]!.post!.requestBody!.content;
    expect(json!.example).toEqual(body);
    const headers = { "content-type": "application/json" };
    const response = await app.request(path, { method: "POST", headers, body: JSON.stringify(body) });
    // The default model has no causal head.
    expect(response.status, await response.clone().text()).toBe(path === "/generate" ? 404 : 200);
  });

  test("refuses an unknown key in every object of a body, and lists the known ones", () => {
    const { schema } = document.paths[path]!.post!.requestBody!.content["application/json"]!;
    const places = objectsOf(task.example, schemaOf(schema));
    expect(places.length).toBeGreaterThanOrEqual(1);
    for (const { where, known } of places) {
      const body = structuredClone(task.example) as Record<string, unknown>;
      const object = where.reduce<Record<string, unknown>>((found, key) => {
        found[key] ??= {};
        return found[key] as Record<string, unknown>;
      }, body);
      for (const key of ["surprise", "constructor", "__proto__"]) {
        const changed = { ...object, [key]: 1 };
        if (key === "__proto__") Object.defineProperty(changed, key, { value: 1, enumerable: true });
        const refused = () => parseBody(task.body, replaceAt(body, where, changed));
        for (const name of known) expect(refused, `${[...where, key]}`).toThrow(new RegExp(`\\b${name}\\b`));
        expect(refused).toThrow(expect.objectContaining({ type: "invalid_input" }));
      }
    }
  });

  test("refuses an unknown parameter of a query, and lists the known ones", async () => {
    if (!task.query) return;
    const response = await app.request(`${path}?inputs=a&surprise=1`);
    const { error } = (await response.json()) as { error: string };
    expect(response.status).toBe(422);
    for (const name of Object.keys(task.query)) expect(error).toContain(name);
  });
});

interface Place {
  readonly where: readonly string[];
  readonly known: readonly string[];
}

/** Every object of the body that has fixed keys, the parameters too where the example leaves them out. */
function objectsOf(value: unknown, schema: Schema, where: readonly string[] = []): Place[] {
  const resolved = schemaOf(schema);
  if (resolved.anyOf)
    return resolved.anyOf.flatMap((one) => (fits(value, schemaOf(one)) ? objectsOf(value, one, where) : []));
  if (!resolved.properties) return [];
  const object = (value ?? {}) as Record<string, unknown>;
  return [
    { where, known: Object.keys(resolved.properties) },
    ...Object.entries(resolved.properties).flatMap(([key, field]) => objectsOf(object[key], field, [...where, key])),
  ];
}

function fits(value: unknown, { properties }: Schema): boolean {
  return (
    typeof value === "object" && value !== null && Object.keys(value).every((key) => properties && key in properties)
  );
}

function replaceAt(value: Record<string, unknown>, [key, ...rest]: readonly string[], object: unknown): unknown {
  if (key === undefined) return object;
  return { ...value, [key]: replaceAt((value[key] ?? {}) as Record<string, unknown>, rest, object) };
}
