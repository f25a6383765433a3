// An app inside another: a user's own routes and middleware around createApp.
import { Hono } from "hono";
import { beforeEach, expect, test, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { openai } from "../../src/http/compat/openai.ts";
import { apiDocs } from "../../src/http/openapi/api-docs.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { classify } from "../../src/tasks/classify.ts";
import { understand } from "../../src/tasks/understand/understand.ts";
import { readFixture } from "../fixtures.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

const model = async () => loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
const nlp = createApp({ model, docs: apiDocs, tasks: [classify, understand], groups: [openai], env: {} });

interface Env {
  Variables: { tenant: string };
}
const app = new Hono<Env>()
  .use(async (context, next) => {
    context.set("tenant", context.req.header("x-tenant") ?? "nobody");
    await next();
    context.header("X-Tenant", context.var.tenant);
  })
  .get("/hello", (context) => context.text(`hello ${context.var.tenant}`))
  .route("/nlp", nlp);
app.notFound((context) => context.text("not ours", 404));

const post = (path: string, body: unknown, headers = {}) =>
  app.request(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });

test("the tasks answer under the path of the mount, and the user's middleware runs around them", async () => {
  const response = await post("/nlp/classify", { inputs: "a delight from start to finish" }, { "x-tenant": "acme" });
  expect(await response.json()).toEqual([{ label: "POSITIVE", score: expect.closeTo(1, 1) }]);
  expect(response.headers.get("x-tenant")).toBe("acme");
  expect(await (await post("/nlp/understand", { inputs: "play some jazz" })).json()).toMatchObject({
    intent: { label: "play_music" },
  });
});

test("the user's own routes and 404 stay the user's", async () => {
  expect(await (await app.request("/hello")).text()).toBe("hello nobody");
  expect((await post("/classify", { inputs: "a" })).status).toBe(404);
  expect(await (await app.request("/elsewhere")).text()).toBe("not ours");
});

test("errors under the mount have the mount's shapes, and errors above it do not", async () => {
  expect(await (await post("/nlp/classify", { inputs: 7 })).json()).toMatchObject({ error_type: "invalid_input" });
  expect(await (await post("/nlp/v1/embeddings", { input: 7, model: "x" })).json()).toMatchObject({
    error: { type: "invalid_request_error", param: "input" },
  });
  expect((await app.request("/nlp/classify", { method: "PUT" })).headers.get("allow")).toBe("GET, HEAD, POST, OPTIONS");
});

test("the mount describes itself", async () => {
  expect(await (await app.request("/nlp/health")).json()).toEqual({ status: "ok" });
  const { paths } = (await (await app.request("/nlp/openapi.json")).json()) as { paths: Record<string, object> };
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(["/classify", "/understand", "/v1/embeddings"]));
});

test("two apps in one process have settings of their own", async () => {
  const UNDERSTAND = { parts: ["query"] };
  const other = createApp({ model, docs: apiDocs, tasks: [understand], env: { UNDERSTAND } });
  const init = { method: "POST", body: '{"inputs":"play some jazz"}', headers: { "content-type": "application/json" } };
  expect(Object.keys((await (await other.request("/understand", init)).json()) as object)).toEqual(["query"]);
  expect(Object.keys((await (await nlp.request("/understand", init)).json()) as object)).toContain("intent");
});
