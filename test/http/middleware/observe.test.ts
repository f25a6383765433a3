// What is seen of requests from outside: ids, times, counts, logs, and who may ask from where.
import { Hono } from "hono";
import { beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { createApp } from "../../../src/http/app.ts";
import { Metrics } from "../../../src/http/middleware/metrics.ts";
import { loadOnce } from "../../../src/http/models/load-once.ts";
import type { RouteGroup } from "../../../src/http/routes.ts";
import { BertForSequenceClassification } from "../../../src/models/bert-for-sequence-classification.ts";
import { loadPretrained } from "../../../src/models/load-pretrained.ts";
import { forRequest } from "../../../src/tasks/request-model.ts";
import { readGolden } from "../../goldens.ts";

const model = loadOnce(async () => loadPretrained((await readGolden("torch/sequence-classification")).files));
const CONTEXT = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };

/** Routes that run the model on five tokens per secret. */
const five: RouteGroup = {
  operations: [],
  mount({ answers }) {
    const app = new Hono();
    app.post("/five/:secret", async (context) => {
      const { usage } = context.var.scope;
      const classifier = new BertForSequenceClassification(forRequest(await model(), { usage }));
      return answers.respond(context, await context.req.text(), async () => {
        await classifier.forward({ input_ids: [[1, 2, 3, 4, 5]] });
        return "done";
      });
    });
    app.get("/bug", () => {
      throw new Error("broken");
    });
    return app;
  },
};

const app = createApp({ model, groups: [five] });
const ask = (secret: string, headers: Record<string, string> = {}) =>
  app.request(`/five/${secret}?q=${secret}`, { method: "POST", body: secret, headers }, {}, CONTEXT);

let log: MockInstance<typeof console.log>;
beforeEach(() => {
  log = vi.spyOn(console, "log").mockImplementation(() => {});
});

describe("a request", () => {
  test("has an id, its own or a new one", async () => {
    expect((await ask("a", { "x-request-id": "my-id_1" })).headers.get("x-request-id")).toBe("my-id_1");
    expect((await ask("a")).headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
    expect((await ask("a", { "x-request-id": "no\tid" })).headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
  });

  test("is told how long it took", async () => {
    const secret = crypto.randomUUID();
    expect((await ask(secret)).headers.get("server-timing")).toMatch(
      /^cache;desc=MISS, queue;dur=[\d.]+, session;dur=[\d.]+, total;dur=[\d.]+$/,
    );
    expect((await ask(secret)).headers.get("server-timing")).toMatch(
      /^cache;desc=HIT, queue;dur=0.00, session;dur=0.00, total/,
    );
  });

  test("is one line of JSON in the log, with its tokens and without its text", async () => {
    const secret = `secret-${crypto.randomUUID()}`;
    await ask(secret, { "x-request-id": "logged", authorization: `Bearer ${secret}` });
    const [line] = log.mock.lastCall as [string];
    expect(line).not.toContain("secret-");
    expect(JSON.parse(line)).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      request_id: "logged",
      route: "/five/:secret",
      method: "POST",
      status: 200,
      duration_ms: expect.any(Number),
      queue_ms: 0,
      tokens: 5,
      truncated: 0,
      cache: "MISS",
      build: expect.stringMatching(/^\d+\.\d+\.\d+( \S+)?$/), // followed by the id of the deployment, if it has one
      heads: ["text-classification"],
    });
  });

  test("that fails is logged with its kind, and one that fits no route without its path", async () => {
    await app.request("/no-such-secret");
    expect(JSON.parse(log.mock.lastCall![0])).toMatchObject({
      route: "unmatched",
      status: 404,
      error_type: "not_found",
    });
    vi.spyOn(console, "error").mockImplementation(() => {});
    await app.request("/bug");
    expect(JSON.parse(log.mock.lastCall![0])).toMatchObject({ route: "/bug", status: 500, error_type: "internal" });
  });
});

describe("pages of other origins", () => {
  test("may ask, and read what we say of an answer", async () => {
    const response = await ask("cors", { origin: "https://example.com" });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-expose-headers")).toContain("X-Request-Id");
    const missing = await app.request("/none", { headers: { origin: "https://example.com" } });
    expect(missing.headers.get("access-control-allow-origin")).toBe("*");
  });

  test("are told so before they ask", async () => {
    const headers = {
      origin: "https://example.com",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,authorization",
    };
    const response = await app.request("/five/a", { method: "OPTIONS", headers });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-methods")).toContain("POST");
    expect(response.headers.get("access-control-allow-headers")).toBe("content-type,authorization");
  });
});

describe("/metrics", () => {
  const observed = {
    route: "/a",
    method: "POST",
    status: 200,
    duration_ms: 30,
    queue_ms: 500,
    tokens: 7,
    truncated: 2,
    cache: "MISS",
  };
  const ISOLATE = /,?isolate="([\w-]{36})"/;
  /** The lines, without the label that all of them have. */
  const lines = (metrics: Metrics) =>
    metrics
      .text()
      .split("\n")
      .map((line) => line.replace(ISOLATE, "").replace("{}", ""));

  test("counts requests, answers and tokens", () => {
    const metrics = new Metrics("build-1");
    metrics.observe(observed);
    metrics.observe({ ...observed, cache: "HIT", tokens: 0 });
    metrics.observe({ ...observed, status: 404, cache: undefined, tokens: 0 });
    expect(lines(metrics)).toEqual(
      expect.arrayContaining([
        'bertlet_requests_total{route="/a",method="POST",status="200"} 2',
        'bertlet_requests_total{route="/a",method="POST",status="404"} 1',
        'bertlet_answers_total{cache="miss"} 1',
        'bertlet_answers_total{cache="hit"} 1',
        "bertlet_tokens_total 7",
        "bertlet_truncated_texts_total 6",
        "bertlet_queue_seconds_total 1.5",
        'bertlet_build_info{build="build-1"} 1',
      ]),
    );
  });

  test("names the isolate in every series, so that counters of two are never taken for one", () => {
    const isolatesOf = (metrics: Metrics) => {
      metrics.observe(observed);
      metrics.memory = { bytes: 1, maximum: 2 };
      const samples = metrics
        .text()
        .split("\n")
        .filter((line) => line && !line.startsWith("#"));
      return new Set(samples.map((line) => ISOLATE.exec(line)?.[1]));
    };
    const [one, other] = [isolatesOf(new Metrics("a")), isolatesOf(new Metrics("a"))];
    expect([one.size, other.size]).toEqual([1, 1]);
    expect([...one, ...other]).not.toContain(undefined);
    expect([...one]).not.toEqual([...other]);
  });

  test("sorts times into buckets, each holding those before it", () => {
    const metrics = new Metrics("build-1");
    for (const duration_ms of [25, 30, 20_000]) metrics.observe({ ...observed, duration_ms });
    const bucket = (le: string, count: number) =>
      `bertlet_request_duration_seconds_bucket{route="/a",le="${le}"} ${count}`;
    expect(lines(metrics)).toEqual(
      expect.arrayContaining([
        bucket("0.01", 0),
        bucket("0.025", 1),
        bucket("0.05", 2),
        bucket("10", 2),
        bucket("+Inf", 3),
        'bertlet_request_duration_seconds_sum{route="/a"} 20.055',
        'bertlet_request_duration_seconds_count{route="/a"} 3',
      ]),
    );
  });

  test("does not grow with what clients make up", () => {
    const metrics = new Metrics("build-1");
    for (const method of ["A", "B", "C"]) metrics.observe({ ...observed, method });
    expect(lines(metrics)).toContain('bertlet_requests_total{route="/a",method="other",status="200"} 3');
  });

  test("is in Prometheus's text format, quotes escaped", () => {
    const metrics = new Metrics("build-1");
    metrics.observe({ ...observed, route: '/a"b\\c' });
    metrics.memory = { bytes: 1, maximum: 2 };
    for (const line of lines(metrics))
      expect(line).toMatch(/^(|# (HELP|TYPE) bertlet_\w+ .+|bertlet_\w+(\{(\w+="([^"\\]|\\.)*",?)+\})? [\d.]+)$/);
    expect(lines(metrics)).toContain("bertlet_memory_limit_bytes 2");
  });
});
