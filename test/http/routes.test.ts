// What follows from a route's definition: bodies, GET, caching, other methods, the OpenAPI document.

import * as v from "valibot";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { loadOnce } from "../../src/http/models/load-once.ts";
import { apiDocs } from "../../src/http/openapi/api-docs.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { LIMITS } from "../../src/tasks/limits.ts";
import { definePipelineTask, defineTask } from "../../src/tasks/task.ts";
import { readGolden } from "../goldens.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

let computed = 0;
const echo = definePipelineTask({
  path: "/echo",
  pipeline: "echo",
  summary: "Say it again",
  inputs: v.union([v.string(), v.array(v.string())]),
  parameters: {
    times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.description("How often.")), 1),
    loud: v.optional(v.boolean(), false),
    only: v.optional(v.array(v.string())),
  },
  answer: v.object({ said: v.unknown(), computed: v.number() }),
  run: async (_model, inputs, parameters) => ({ said: [inputs, parameters], computed: ++computed }),
});
const pair = defineTask({
  path: "/pair",
  summary: "Two",
  fields: { first: v.string(), second: v.nullable(v.number()) },
  answer: v.array(v.unknown()),
  run: async (_model, { first, second }) => [first, second],
});

const model = loadOnce(async () => loadPretrained((await readGolden("torch/sequence-classification")).files));
const app = createApp({ model, docs: apiDocs, tasks: [echo, pair] });
const CONTEXT = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
const send = (path: string, init?: RequestInit) => app.request(path, init, {}, CONTEXT);
const post = (path: string, body: unknown) =>
  send(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
const said = async (response: Response | Promise<Response>) =>
  ((await (await response).json()) as { said: unknown }).said;

describe("a body", () => {
  test("has its parameters' defaults filled in", async () => {
    expect(await said(post("/echo", { inputs: "a" }))).toEqual(["a", { times: 1, loud: false }]);
    expect(await said(post("/echo", { inputs: ["a"], parameters: { times: 2 } }))).toEqual([
      ["a"],
      { times: 2, loud: false },
    ]);
    expect(await (await post("/pair", { first: "a", second: null })).json()).toEqual(["a", null]);
  });

  test.each([
    ["/echo", { inputs: 1 }, "inputs"],
    ["/echo", { inputs: "a", parameters: { times: 0 } }, "parameters.times"],
    ["/echo", { inputs: "a", parameters: { time: 2 } }, "parameters.time"],
    ["/pair", { first: "a" }, "second"],
    ["/pair", { first: "a", second: 1, third: 1 }, "third"],
  ])("%s %o is refused, and the field named", async (path, body, field) => {
    const response = await post(path, body);
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({
      error: expect.stringContaining(`${field}: `),
      error_type: "invalid_input",
    });
  });
});

describe("GET", () => {
  test("is what POST is, with parameters as text or JSON", async () => {
    const text = crypto.randomUUID();
    const got = await send(`/echo?inputs=${text}&times=2&loud=true&only=["b"]`);
    expect(await said(got)).toEqual([text, { times: 2, loud: true, only: ["b"] }]);
    const posted = await post("/echo", { inputs: text, parameters: { times: 2, loud: true, only: ["b"] } });
    expect(posted.headers.get("x-cache")).toBe("HIT");
  });

  test("takes a text that looks like JSON as the text it is", async () => {
    expect(await said(send("/echo?inputs=7"))).toEqual(["7", { times: 1, loud: false }]);
  });

  test("may be kept for a day, and is not computed again for whoever has it", async () => {
    const path = `/echo?inputs=${crypto.randomUUID()}`;
    const first = await send(path);
    expect(first.headers.get("cache-control")).toBe(`public, max-age=${LIMITS.cache_seconds}`);
    const etag = first.headers.get("etag")!;
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
    for (const tags of [etag, `"other", W/${etag}`]) {
      const again = await send(path, { headers: { "if-none-match": tags } });
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
    }
    expect((await send(path, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    expect((await send(`${path}&times=2`)).headers.get("etag")).not.toBe(etag);
    expect((await post("/echo", { inputs: "a" })).headers.get("cache-control")).toBeNull();
  });

  test("is kept by its own client alone where a key was needed", async () => {
    const response = await send("/echo?inputs=key", { headers: { authorization: "Bearer x" } });
    expect(response.headers.get("cache-control")).toMatch(/^private/);
  });

  test("is not kept when it fails", async () => {
    const response = await send("/echo?times=2");
    expect([response.status, response.headers.get("cache-control")]).toEqual([422, "no-store"]);
  });

  test.each([
    ["?inputs=a&time=1", 422, "there is no parameter time"],
    ["?inputs=a&inputs=b", 422, "inputs is given twice"],
    ["?inputs=a&times=x", 422, "parameters.times"],
    ["?inputs=a&toString=x", 422, "there is no parameter toString"],
    [`?inputs=${"a".repeat(LIMITS.query_characters)}`, 413, "send a POST"],
  ])("%# is refused", async (query, status, part) => {
    const response = await send(`/echo${query}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: expect.stringContaining(part) });
  });

  test("is only there where a text is enough", async () => {
    expect((await send("/pair?first=a")).status).toBe(405);
    expect((await send("/pair", { method: "PUT" })).headers.get("allow")).toBe("POST, OPTIONS");
    expect((await send("/echo", { method: "PUT" })).headers.get("allow")).toBe("GET, HEAD, POST, OPTIONS");
  });
});

describe("/openapi.json", () => {
  interface Document {
    paths: Record<string, Record<string, { parameters: object[]; requestBody?: object; responses: object }>>;
  }
  const document = async () => (await (await send("/openapi.json")).json()) as Document;

  test("has a body's schema, the one that checks it", async () => {
    const { post } = (await document()).paths["/echo"]!;
    const schema = {
      type: "object",
      required: ["inputs"],
      properties: {
        inputs: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
        parameters: {
          properties: { times: { type: "integer", minimum: 1, default: 1, description: "How often." } },
          additionalProperties: false,
        },
      },
    };
    const { components } = (await document()) as unknown as { components: { schemas: object } };
    expect(components.schemas).toMatchObject({ EchoRequest: schema });
    const reference = { $ref: "#/components/schemas/EchoRequest" };
    expect(post).toMatchObject({
      requestBody: { required: true, content: { "application/json": { schema: reference } } },
    });
    expect(Object.keys(post!.responses)).toEqual(
      expect.arrayContaining(["200", "400", "404", "405", "413", "415", "422", "503"]),
    );
  });

  test("has a GET's parameters", async () => {
    const { get } = (await document()).paths["/echo"]!;
    expect(get!.parameters).toContainEqual({ name: "inputs", in: "query", required: true, schema: { type: "string" } });
    expect(get!.parameters).toContainEqual(expect.objectContaining({ name: "times", required: false }));
    const list = { "application/json": { schema: { type: "array", items: { type: "string" } } } };
    expect(get!.parameters).toContainEqual({ name: "only", in: "query", required: false, content: list });
    expect(get!.responses).toHaveProperty("304");
    expect((await document()).paths["/pair"]).not.toHaveProperty("get");
  });

  test("has what every service has, and a page that shows it all without asking others", async () => {
    expect(Object.keys((await document()).paths)).toEqual(["/echo", "/pair", "/health", "/info", "/metrics"]);
    const page = await send("/docs");
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});
