// Caching and conditional requests, as RFC 9110 and RFC 9111 have them: what may be kept, who is told that nothing changed, and that neither
// needs the model.
import { Hono } from "hono";
import * as v from "valibot";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { BertletError } from "../../src/errors.ts";
import { createApp } from "../../src/http/app.ts";
import type { ErrorType } from "../../src/http/index.ts";
import type { ModelProvider } from "../../src/http/models/provider.ts";
import { apiDocs } from "../../src/http/openapi/api-docs.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { LIMITS } from "../../src/tasks/limits.ts";
import { defineTask } from "../../src/tasks/task.ts";
import { readGolden } from "../goldens.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

/** Fails with the kind that its input names, or repeats its input. */
const moody = defineTask({
  path: "/moody",
  summary: "Repeat a text",
  fields: { inputs: v.string() },
  answer: v.array(v.string()),
  async run(_model, { inputs }) {
    const [kind, after] = inputs.split(" ");
    if (kind === "fail" && failing) throw new BertletError((after ?? "") as ErrorType, "for the test");
    return [inputs];
  },
});
let failing = true;

/** One model whose answers can be named without it, as those of MODELS can. */
function countingProvider() {
  const provider = {
    loads: 0,
    names: async () => ["only"],
    lease: () => ({
      name: "only",
      identify: async () => "digest",
      release: () => {},
      load: async () => {
        provider.loads++;
        return loadPretrained((await readGolden("torch/sequence-classification")).files);
      },
    }),
  };
  return provider satisfies ModelProvider;
}

function service() {
  const model = countingProvider();
  const app = createApp({ model, docs: apiDocs, tasks: [moody], env: {} });
  const send = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    app.request(path, { method, headers }, {}, CONTEXT);
  return { model, app, send };
}
const CONTEXT = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
const unique = () => `/moody?inputs=${crypto.randomUUID()}`;

describe("an error on GET", () => {
  test.each<[ErrorType, number]>([
    ["empty_input", 400],
    ["forbidden", 403],
    ["not_found", 404],
    ["input_too_large", 413],
    ["invalid_input", 422],
    ["unsupported", 422],
    ["overloaded", 503],
    ["unavailable", 503],
    ["out_of_memory", 503],
  ])("of kind %s is not cacheable, has no ETag, and is no 304 for whoever asks again", async (kind, status) => {
    const { send } = service();
    const path = `/moody?inputs=fail+${kind}+${crypto.randomUUID()}`;
    failing = true;
    const refused = await send(path);
    expect([refused.status, refused.headers.get("cache-control")]).toEqual([status, "no-store"]);
    expect(refused.headers.get("etag")).toBeNull();
    failing = false;
    const fine = await send(path);
    const etag = fine.headers.get("etag")!;
    expect([fine.status, fine.headers.get("x-cache")]).toEqual([200, "MISS"]);
    failing = true;
    const again = await service().send(path, { "if-none-match": '"of-the-error"' });
    expect(again.status === 200 || again.headers.get("cache-control") === "no-store").toBe(true);
    expect((await send(path, { "if-none-match": etag })).status).toBe(304);
  });

  test("of ours is not cacheable either", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const { app } = service();
    app.get("/bug", () => {
      throw new Error("broken");
    });
    const response = await app.request("/bug");
    expect([response.status, response.headers.get("cache-control")]).toEqual([500, "no-store"]);
    log.mockRestore();
  });

  test.each([["/nowhere"], ["/moody"], ["/moody?inputs=a&more=1"]])("%s is not cacheable", async (path) => {
    const response = await service().send(path);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect([response.headers.get("cache-control"), response.headers.get("etag")]).toEqual(["no-store", null]);
  });
});

describe("the model is not loaded", () => {
  test("for a 304", async () => {
    const path = unique();
    const first = service();
    const etag = (await first.send(path)).headers.get("etag")!;
    expect(first.model.loads).toBe(1);
    const cold = service();
    const response = await cold.send(path, { "if-none-match": etag });
    expect([response.status, cold.model.loads]).toEqual([304, 0]);
  });

  test("for an answer from the isolate's cache, also for HEAD and for If-None-Match: *", async () => {
    const path = unique();
    const { send, model } = service();
    await send(path);
    expect((await send(path)).headers.get("x-cache")).toBe("HIT");
    expect((await send(path, {}, "HEAD")).headers.get("x-cache")).toBe("HIT");
    expect((await send(path, { "if-none-match": "*" })).status).toBe(304);
    expect(model.loads).toBe(1);
  });

  test.skipIf(typeof caches === "undefined")("for an answer from the platform's cache", async () => {
    const path = unique();
    const warm = service();
    await warm.send(path);
    await vi.waitFor(async () => {
      const cold = service();
      expect((await cold.send(path)).headers.get("x-cache")).toBe("HIT");
      expect(cold.model.loads).toBe(0);
    });
  });
});

describe("a conditional GET", () => {
  const conditions = async (headers: Record<string, string>) => {
    const { send } = service();
    const path = unique();
    const etag = (await send(path)).headers.get("etag")!;
    const filled = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace("TAG", etag)]),
    );
    return (await send(path, filled)).status;
  };
  test.each<[Record<string, string>, number]>([
    [{ "if-none-match": "TAG" }, 304],
    [{ "if-none-match": "W/TAG" }, 304],
    [{ "if-none-match": '"a,b" , TAG' }, 304],
    [{ "if-none-match": "*" }, 304],
    [{ "if-none-match": '"other"' }, 200],
    [{ "if-none-match": '"a,TAG' }, 200],
    [{ "if-none-match": '"*"' }, 200],
    [{ "if-match": "TAG" }, 200],
    [{ "if-match": "*" }, 200],
    [{ "if-match": "W/TAG" }, 412],
    [{ "if-match": '"other"' }, 412],
    [{ "if-match": '"other"', "if-none-match": "TAG" }, 412],
    [{ "if-match": "TAG", "if-none-match": "TAG" }, 304],
  ])("with %o is %d", async (headers, status) => {
    expect(await conditions(headers)).toBe(status);
  });

  test("that fails anyway fails as it would without conditions", async () => {
    const { send } = service();
    failing = true;
    const conditions: Record<string, string>[] = [{ "if-none-match": "*" }, { "if-match": '"other"' }];
    for (const headers of conditions) expect((await send("/moody?inputs=fail+unsupported", headers)).status).toBe(422);
  });

  test("says with 304 what it says with 200 of caching", async () => {
    const { send } = service();
    const path = unique();
    const full = await send(path);
    const short = await send(path, { "if-none-match": full.headers.get("etag")! });
    for (const name of ["etag", "cache-control", "vary"]) {
      expect(full.headers.get(name)).toBeTruthy();
      expect(short.headers.get(name)).toBe(full.headers.get(name));
    }
    expect(short.headers.get("content-type")).toBeNull();
  });
});

describe("HEAD", () => {
  test.each(["/moody?inputs=head", "/health", "/openapi.json", "/docs", "/nowhere", "/moody"])(
    "%s has the headers of GET, its length too, and no body",
    async (path) => {
      const { send } = service();
      await send(path);
      const [get, head] = [await send(path), await send(path, {}, "HEAD")];
      expect([head.status, await head.text()]).toEqual([get.status, ""]);
      const bytes = new Uint8Array(await get.arrayBuffer()).byteLength;
      expect(head.headers.get("content-length")).toBe(String(bytes));
      for (const name of ["etag", "cache-control", "vary", "content-type", "x-cache", "x-tokens", "allow"])
        expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
    },
  );

  test("is answered with 304 where GET would be", async () => {
    const { send } = service();
    const path = unique();
    const etag = (await send(path, {}, "HEAD")).headers.get("etag")!;
    expect((await send(path, { "if-none-match": etag }, "HEAD")).status).toBe(304);
  });
});

test("an answer to GET varies by key and model, and to pages of named origins by origin", async () => {
  const { send } = service();
  expect((await send(unique())).headers.get("vary")).toBe("Authorization, X-Model");
  const app = createApp({
    model: countingProvider(),
    tasks: [moody],
    env: { CORS_ORIGINS: "https://a.example https://b.example" },
  });
  const response = await app.request(unique(), { headers: { origin: "https://a.example" } }, {}, CONTEXT);
  const names = response.headers
    .get("vary")!
    .split(/, */)
    .map((name) => name.toLowerCase());
  expect(names.toSorted()).toEqual(["authorization", "origin", "x-model"]);
});

test.each(["/docs", "/openapi.json"])("%s is validated by its content", async (path) => {
  const { send } = service();
  const first = await send(path);
  expect(first.headers.get("cache-control")).toBe("no-cache");
  expect((await send(path, { "if-none-match": first.headers.get("etag")! })).status).toBe(304);
});

test.each(["/health", "/info", "/metrics"])("%s is of the moment and is not kept", async (path) => {
  expect((await service().send(path)).headers.get("cache-control")).toBe("no-store");
});

test("POST is neither cacheable nor conditional", async () => {
  const { app } = service();
  const headers = { "content-type": "application/json", "if-none-match": "*" };
  const response = await app.request("/moody", { method: "POST", headers, body: '{"inputs":"a"}' }, {}, CONTEXT);
  expect([response.status, response.headers.get("etag"), response.headers.get("cache-control")]).toEqual([
    200,
    null,
    null,
  ]);
});

describe("OPTIONS", () => {
  test.each([
    ["/moody", "GET, HEAD, POST, OPTIONS"],
    ["/health", "GET, HEAD, OPTIONS"],
  ])("%s says what there is", async (path, allow) => {
    const response = await service().send(path, {}, "OPTIONS");
    expect([response.status, response.headers.get("allow"), await response.text()]).toEqual([204, allow, ""]);
  });

  test("of an unknown path is 404", async () => {
    expect((await service().send("/nowhere", {}, "OPTIONS")).status).toBe(404);
  });
});

test("answers in caches live no longer than the table of limits says", async () => {
  expect((await service().send(unique())).headers.get("cache-control")).toBe(`public, max-age=${LIMITS.cache_seconds}`);
});

test("a mounted app keeps its headers", async () => {
  const outer = new Hono().route("/nlp", service().app);
  const response = await outer.request("/nlp/moody?inputs=a", { method: "HEAD" }, {}, CONTEXT);
  expect([response.status, response.headers.has("etag"), response.headers.get("content-length")]).toEqual([
    200,
    true,
    "5",
  ]);
});
