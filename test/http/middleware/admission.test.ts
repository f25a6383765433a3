// What stands before every function, without HTTP: order, refusals in the one shape, requests in flight.
import { Hono } from "hono";
import { cors } from "hono/cors";
import { describe, expect, test, vi } from "vitest";
import { sha256 } from "../../../src/digest.ts";
import { readText } from "../../../src/http/body.ts";
import { OPENAI_ERRORS } from "../../../src/http/compat/openai.ts";
import { ERROR_STATUSES, formatErrors, onError, RequestError } from "../../../src/http/errors.ts";
import { admit } from "../../../src/http/middleware/admission.ts";
import { Metrics } from "../../../src/http/middleware/metrics.ts";
import { observe } from "../../../src/http/middleware/observe.ts";
import { network } from "../../../src/http/middleware/rate-limit.ts";
import {
  beginScope,
  newScope,
  openScope,
  RequestRegistry,
  type RequestScope,
} from "../../../src/http/middleware/request-scope.ts";
import { LIMITS } from "../../../src/tasks/limits.ts";

const KEY_HASH = await sha256(new TextEncoder().encode("key"));
const keyed = (key: object = {}) => ({ API_KEYS: { [KEY_HASH]: { name: "tester", ...key } } });
const limiter = (...answers: boolean[]) => ({
  limit: vi.fn(async (_options: { key: string }) => ({ success: answers.shift() ?? false })),
});

function service(bindings: Record<string, unknown> = {}, inFlight?: number): Hono {
  const app = new Hono();
  app.onError(onError);
  app.use(cors());
  app.use("/v1/*", formatErrors(OPENAI_ERRORS));
  app.use(beginScope());
  app.get("/health", (context) => context.text("open"));
  for (const path of ["/docs", "/openapi.json", "/tag/*"]) app.use(path, openScope());
  app.use(admit({ env: bindings, registry: new RequestRegistry(), ...(inFlight && { inFlight }) }));
  app.get("/scope", (context) => {
    const { model, heads } = context.var.scope;
    return context.json({ model, heads: heads && [...heads] });
  });
  app.get("/tokens/:count", (context) => {
    context.var.scope.usage.tokens = Number(context.req.param("count"));
    return context.text("done");
  });
  app.get("/slow", async (context) => {
    await new Promise((done) => setTimeout(done, 200));
    return context.text("done");
  });
  app.get("/forbidden", () => {
    throw new RequestError("forbidden", "not for you");
  });
  app.get("/v1/forbidden", () => {
    throw new RequestError("forbidden", "not for you");
  });
  for (const path of ["/docs", "/openapi.json"]) app.get(path, (context) => context.text("open"));
  app.post("/tag/x", (context) => context.text("open"));
  return app;
}
const AUTHORIZED = { headers: { authorization: "Bearer key" } };

test("by default everybody may ask", async () => {
  expect(await (await service().request("/scope")).json()).toEqual({});
});

test("the model and the key's heads hold for the request", async () => {
  const app = service(keyed({ heads: ["intent"] }));
  const headers = { ...AUTHORIZED.headers, "x-model": "small" };
  expect(await (await app.request("/scope", { headers })).json()).toEqual({ model: "small", heads: ["intent"] });
});

test("caches are told what an answer to a GET depends on", async () => {
  expect((await service().request("/scope")).headers.get("vary")).toMatch(/Authorization, X-Model/);
});

test("a wrong key is 401 in the shape of errors, and readable from another origin", async () => {
  const response = await service(keyed()).request("/scope");
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({ error: expect.stringMatching(/key/), error_type: "unauthorized" });
  expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
});

test("under a path with an error format of its own it has that format", async () => {
  const response = await service(keyed()).request("/v1/embeddings");
  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
  expect(await response.json()).toMatchObject({ error: { code: "unauthorized", message: expect.any(String) } });
});

test.each(["/health", "/docs", "/openapi.json"])("%s is open", async (path) => {
  expect((await service(keyed()).request(path)).status).toBe(200);
});

test("webhooks are open, for they are signed; and what looks like them is not", async () => {
  const app = service(keyed());
  expect((await app.request("/tag/x", { method: "POST" })).status).toBe(200);
  expect((await app.request("/tags")).status).toBe(401);
  expect((await app.request("/health/../scope")).status).toBe(401);
});

test("what a function forbids is 403, also under /v1", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const response = await service().request("/forbidden");
  expect(response.status).toBe(403);
  expect(await response.json()).toEqual({ error: "not for you", error_type: "forbidden" });
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect((await service().request("/v1/forbidden")).status).toBe(403);
  expect(log).not.toHaveBeenCalled();
  log.mockRestore();
});

test("a rate limit is 429 with Retry-After, counted by address or by key", async () => {
  const RATE_LIMITER = limiter(true, false);
  const app = service({ RATE_LIMITER });
  const ask = () => app.request("/scope", { headers: { "cf-connecting-ip": "192.0.2.1" } });
  expect((await ask()).status).toBe(200);
  const response = await ask();
  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(await response.json()).toMatchObject({ error_type: "too_many_requests" });
  expect(RATE_LIMITER.limit).toHaveBeenCalledWith({ key: "address 192.0.2.1" });
});

test("wrong keys are counted by address, and past its limit cost no look-up", async () => {
  const RATE_LIMITER = limiter(...Array(5).fill(true));
  const get = vi.fn(async () => null);
  const app = service({ RATE_LIMITER, KEYS: { get } });
  const statuses: number[] = [];
  for (let i = 0; i < 20; i++) {
    const headers = { authorization: `Bearer wrong-${i}`, "cf-connecting-ip": "192.0.2.1" };
    statuses.push((await app.request("/scope", { headers })).status);
  }
  expect(statuses).toEqual([...Array(5).fill(401), ...Array(15).fill(429)]);
  expect(get).toHaveBeenCalledTimes(5);
  expect(new Set(RATE_LIMITER.limit.mock.calls.map(([{ key }]) => key))).toEqual(new Set(["address 192.0.2.1"]));
});

test("a request without a key, where one is needed, is counted by address", async () => {
  const RATE_LIMITER = limiter(true, false);
  const app = service({ RATE_LIMITER, ...keyed() });
  expect((await app.request("/scope")).status).toBe(401);
  expect((await app.request("/scope")).status).toBe(429);
});

test("a key of API_KEYS is never counted by address", async () => {
  const RATE_LIMITER = limiter(true);
  await service({ RATE_LIMITER, ...keyed() }).request("/scope", AUTHORIZED);
  expect(RATE_LIMITER.limit.mock.calls).toEqual([[{ key: "key tester" }]]);
});

describe("TOKEN_LIMITER", () => {
  /** Counts as Cloudflare's binding does: a call is allowed while the count is below the limit, even if it goes past it. */
  const counter = (most: number) => {
    const counts = new Map<string, number>();
    return {
      counts,
      limit: async ({ key, delta = 1 }: { key: string; delta?: number }) => {
        const count = counts.get(key) ?? 0;
        if (count >= most) return { success: false };
        counts.set(key, count + delta);
        return { success: true };
      },
    };
  };

  test("counts the tokens that the model read, by key", async () => {
    const TOKEN_LIMITER = counter(100);
    const app = service({ TOKEN_LIMITER, ...keyed() });
    const ask = async (tokens: number) => (await app.request(`/tokens/${tokens}`, AUTHORIZED)).status;
    expect(await ask(60)).toBe(200);
    expect(await ask(70)).toBe(200);
    expect(TOKEN_LIMITER.counts).toEqual(new Map([["key tester", 130]]));
    expect(await ask(1)).toBe(429);
  });

  test("counts by address without keys, and a request that reads nothing as one", async () => {
    const TOKEN_LIMITER = counter(2);
    const app = service({ TOKEN_LIMITER });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await app.request("/scope")).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect([...TOKEN_LIMITER.counts]).toEqual([["address unknown", 2]]);
  });

  test("that cannot count more than one at a time is reported once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const TOKEN_LIMITER = {
      limit: async (options: object) => {
        if ("delta" in options) throw new Error("bad rate limit options: [delta]");
        return { success: true };
      },
    };
    const app = service({ TOKEN_LIMITER });
    for (let i = 0; i < 2; i++) expect((await app.request("/tokens/60")).status).toBe(200);
    await vi.waitFor(() => expect(warn).toHaveBeenCalled());
    expect(warn.mock.calls).toEqual([
      ["TOKEN_LIMITER counts requests instead of tokens: Error: bad rate limit options: [delta]"],
    ]);
    warn.mockRestore();
  });
});

test("addresses may have a rate limit of their own", async () => {
  const [RATE_LIMITER, ADDRESS_LIMITER] = [limiter(), limiter(true)];
  expect((await service({ RATE_LIMITER, ADDRESS_LIMITER }).request("/scope")).status).toBe(200);
  expect(RATE_LIMITER.limit).not.toHaveBeenCalled();
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:1:2::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
  [undefined, "unknown"],
])("the address %s is counted as %s", (address, counted) => {
  expect(network(address)).toBe(counted);
});

test("what a rate limit allows is said where RATE_LIMITS repeats it, and what is left when that is nothing", async () => {
  const RATE_LIMITS = { RATE_LIMITER: { limit: 100, period: 10 } };
  const app = service({ RATE_LIMITER: limiter(true, false), RATE_LIMITS });
  const fine = await app.request("/scope");
  expect(fine.headers.get("ratelimit-policy")).toBe('"RATE_LIMITER";q=100;w=10');
  expect(fine.headers.get("ratelimit")).toBeNull();
  const refused = await app.request("/scope");
  expect(refused.headers.get("ratelimit-policy")).toBe('"RATE_LIMITER";q=100;w=10');
  expect(refused.headers.get("ratelimit")).toBe('"RATE_LIMITER";r=0');
  expect(refused.headers.get("retry-after")).toBe("10");
  const plain = await service({ RATE_LIMITER: limiter() }).request("/scope");
  expect([plain.headers.get("ratelimit-policy"), plain.headers.get("retry-after")]).toEqual([null, "60"]);
});

test.each([
  [{ RATE_LIMITER: { limit: 0, period: 10 } }, /^RATE_LIMITS\.RATE_LIMITER\.limit: /],
  [{ RATE_LIMITER: { limit: 1, period: 30 } }, /^RATE_LIMITS\.RATE_LIMITER\.period: /],
  [{ RATE_LIMITER: { limit: 1, period: 10, burst: 2 } }, /unknown key; the known keys are limit, period/],
  [{ constructor: { limit: 1, period: 10 } }, /^RATE_LIMITS: there is no rate limit constructor/],
])("RATE_LIMITS %o stops the Worker", (RATE_LIMITS, message) => {
  expect(() => service({ RATE_LIMITER: limiter(), RATE_LIMITS })).toThrow(message);
});

test("a key may have a rate limit of its own", async () => {
  const [RATE_LIMITER, GOLD] = [limiter(), limiter(true)];
  const app = service({ RATE_LIMITER, GOLD, ...keyed({ rate_limiter: "GOLD" }) });
  expect((await app.request("/scope", AUTHORIZED)).status).toBe(200);
  expect(GOLD.limit).toHaveBeenCalledWith({ key: "key tester" });
  expect(RATE_LIMITER.limit).not.toHaveBeenCalled();
});

test("a key names a rate limit that is there, or the Worker does not start", () => {
  expect(() => service(keyed({ rate_limiter: "GOLD" }))).toThrow(/GOLD/);
  expect(() => service({ GOLD: "a text", ...keyed({ rate_limiter: "GOLD" }) })).toThrow(/GOLD/);
  expect(() => service(keyed({ rate_limiter: "constructor" }))).toThrow(/constructor/);
  expect(() => service({ RATE_LIMITER: {} })).toThrow(/RATE_LIMITER/);
});

test.each(["GOLD", "KEYS", "constructor"])(
  "a key of KV that names no rate limit (%s) has that of all",
  async (name) => {
    // The address is counted before the look-up, once.
    const RATE_LIMITER = limiter(true, true, false);
    const KEYS = { get: async () => JSON.stringify({ name: "stored", rate_limiter: name }) };
    const app = service({ RATE_LIMITER, KEYS });
    expect((await app.request("/scope", AUTHORIZED)).status).toBe(200);
    expect((await app.request("/scope", AUTHORIZED)).status).toBe(429);
    expect(RATE_LIMITER.limit.mock.calls).toEqual([
      [{ key: "address unknown" }],
      [{ key: "key stored" }],
      [{ key: "key stored" }],
    ]);
  },
);

test("beyond so many requests in flight it is 503 with Retry-After; health answers always", async () => {
  const app = service({}, 2);
  const slow = [app.request("/slow"), app.request("/slow")];
  const refused = await app.request("/slow");
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(await refused.json()).toMatchObject({ error_type: "overloaded" });
  expect((await app.request("/health")).status).toBe(200);
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await app.request("/slow")).status).toBe(200);
});

test("a refusal is a kind of error like any other: logged with it, and with its status in /openapi.json", async () => {
  const lines: string[] = [];
  const app = new Hono();
  app.onError(onError);
  app.use(beginScope());
  app.use(observe({ metrics: new Metrics("1"), build: "1", log: (line) => lines.push(line) }));
  app.use(admit({ env: keyed(), registry: new RequestRegistry() }));
  expect((await app.request("/scope")).status).toBe(401);
  expect(JSON.parse(lines[0]!)).toMatchObject({ status: 401, error_type: "unauthorized" });
  expect(ERROR_STATUSES).toEqual(expect.arrayContaining([401, 403, 429, 503]));
});

test("a request that fails or is refused leaves its place", async () => {
  const app = service({}, 1);
  for (let i = 0; i < 3; i++) expect((await app.request("/forbidden")).status).toBe(403);
  const locked = service(keyed(), 1);
  for (let i = 0; i < 3; i++) expect((await locked.request("/scope")).status).toBe(401);
});

describe("bodies", () => {
  const reading = () => {
    const app = new Hono();
    app.onError(onError);
    app.use(beginScope(), admit({ env: {}, registry: new RequestRegistry(), inFlight: 1 }));
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    app.post("/", async (context) => {
      const { length } = await readText(context);
      if (context.req.header("x-wait")) await ended;
      return context.json(length);
    });
    return { app, end: () => end() };
  };
  const post = (app: Hono, body: BodyInit, headers: Record<string, string> = {}) =>
    Promise.resolve(app.request("/", { method: "POST", body, headers, duplex: "half" } as RequestInit));
  const silent = () => new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([123])) });

  test("one that is still arriving takes no place, and is 408 when it does not arrive in time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { app } = reading();
    const slow = [post(app, silent()), post(app, silent()), post(app, silent())];
    await vi.advanceTimersByTimeAsync(1000);
    expect((await post(app, "quick")).status).toBe(200);
    await vi.advanceTimersByTimeAsync(1000 * LIMITS.body_seconds);
    const responses = await Promise.all(slow);
    expect(responses.map(({ status }) => status)).toEqual([408, 408, 408]);
    expect(await responses[0]!.json()).toMatchObject({ error_type: "request_timeout" });
    expect((await post(app, "quick")).status).toBe(200);
    vi.useRealTimers();
  });

  test("one that has arrived while another request took the last place is refused", async () => {
    const { app, end } = reading();
    let finish = () => {};
    const arriving = post(
      app,
      new ReadableStream({
        start(controller) {
          finish = () => controller.close();
        },
      }),
    );
    const holding = post(app, "a", { "x-wait": "1" });
    await new Promise((done) => setTimeout(done, 20));
    finish();
    expect((await arriving).status).toBe(503);
    end();
    expect((await holding).status).toBe(200);
    expect((await post(app, "a")).status).toBe(200);
  });

  test("all together have a limit, decoded from their coding, until their requests have been answered", async () => {
    const registry = new RequestRegistry();
    const scopes = Array.from({ length: 3 }, () => newScope());
    const ends: (() => void)[] = [];
    const runs = scopes.map((scope) => registry.run(scope, () => new Promise<void>((resolve) => ends.push(resolve))));
    const receive = (scope: RequestScope, bytes: number) =>
      registry.receive(scope, 100, async (count) => {
        count(bytes);
        return "read";
      });
    expect(await receive(scopes[0]!, 60)).toBe("read");
    expect(await receive(scopes[1]!, 40)).toBe("read");
    await expect(receive(scopes[2]!, 1)).rejects.toMatchObject({ type: "overloaded" });
    ends[0]!();
    await runs[0];
    expect(await receive(scopes[1]!, 59)).toBe("read");
    for (const end of ends) end();
    await Promise.all(runs);
  });
});

test("a request whose client waits is not given up, however long it takes", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const registry = new RequestRegistry();
  const abort = new AbortController();
  void registry.run(newScope(), () => new Promise<void>(() => {}), { signal: abort.signal });
  vi.setSystemTime(Date.now() + 600_000);
  expect(registry.size).toBe(1);
  abort.abort();
  expect(registry.size).toBe(0);
  vi.useRealTimers();
});

test("a request that was stopped without a word is given up after a minute, once", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const cleanup = vi.fn();
  let stop = () => {};
  const registry = new RequestRegistry();
  const scope = newScope();
  scope.cleanups.push(cleanup);
  const stopped = registry.run(scope, () => {
    return new Promise<void>((resolve) => {
      stop = resolve;
    });
  });
  expect(registry.size).toBe(1);
  vi.setSystemTime(Date.now() + 61_000);
  expect(registry.size).toBe(0);
  stop();
  await stopped;
  expect(cleanup).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
});
