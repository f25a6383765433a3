// What every function has around it: limits, errors, /health and /info.
import { Hono } from "hono";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { readJson } from "../../src/http/body.ts";
import { onMethods } from "../../src/http/methods.ts";
import { loadOnce } from "../../src/http/models/load-once.ts";
import { apiDocs } from "../../src/http/openapi/api-docs.ts";
import type { RouteGroup } from "../../src/http/routes.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { listTexts, textsSchema } from "../../src/tasks/inputs.ts";
import { LIMITS } from "../../src/tasks/limits.ts";
import { parseBody } from "../../src/tasks/task.ts";
import { readGolden } from "../goldens.ts";

const model = loadOnce(async () => loadPretrained((await readGolden("torch/sequence-classification")).files));

/** A group of routes that needs no model: it counts the texts it is given. */
const count: RouteGroup = {
  operations: [],
  mount() {
    const app = new Hono();
    onMethods(app, "/count", {
      POST: async (context) => {
        const { inputs } = parseBody(v.object({ inputs: textsSchema }), await readJson(context));
        return context.json({ texts: listTexts(inputs).length });
      },
    });
    app.get("/bug", () => {
      throw new Error("secret detail");
    });
    return app;
  },
};

const app = createApp({ model, docs: apiDocs, groups: [count] });
const post = (body: BodyInit, type = "application/json") =>
  app.request("/count", { method: "POST", body, headers: type ? { "content-type": type } : {} });
const json = (value: unknown) => post(JSON.stringify(value));

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

test("a function that loads the model is called without arguments", async () => {
  const load = vi.fn<() => ReturnType<typeof model>>(() => model());
  vi.spyOn(console, "log").mockImplementation(() => {});
  expect((await createApp({ model: load }).request("/info")).status).toBe(200);
  expect(load.mock.calls).toEqual([[]]);
});

describe("requests", () => {
  test.each([
    ["a text", "one", 1],
    ["texts", ["one", "two"], 2],
    ["pairs", [["one", "two"]], 1],
  ])("%s in inputs", async (_what, inputs, texts) => {
    expect(await (await json({ inputs })).json()).toEqual({ texts });
  });

  test("the content type may name a charset", async () => {
    expect((await post('{"inputs":"x"}', "Application/JSON; charset=utf-8")).status).toBe(200);
  });

  test.each<[string, () => Response | Promise<Response>, number, string]>([
    ["not JSON", () => post("{"), 400, "invalid_json"],
    ["not UTF-8", () => post(new Uint8Array([0x22, 0xff, 0x22])), 400, "invalid_json"],
    ["no body", () => post(""), 400, "invalid_json"],
    [
      "another content type",
      () => post("inputs=x", "application/x-www-form-urlencoded"),
      415,
      "unsupported_media_type",
    ],
    ["no content type", () => post(new Uint8Array([0x7b, 0x7d]), ""), 415, "unsupported_media_type"],
    ["no inputs", () => json({}), 422, "invalid_input"],
    ["inputs of another type", () => json({ inputs: 7 }), 422, "invalid_input"],
    ["triples", () => json({ inputs: [["a", "b", "c"]] }), 422, "invalid_input"],
    ["texts and pairs mixed", () => json({ inputs: ["a", ["b", "c"]] }), 422, "invalid_input"],
    ["a body that is no object", () => json("text"), 422, "invalid_input"],
    ["a lone surrogate", () => post('{"inputs":"\\ud800"}'), 422, "invalid_input"],
    ["an empty list", () => json({ inputs: [] }), 400, "empty_input"],
    ["an empty text", () => json({ inputs: ["a", " \n"] }), 400, "empty_input"],
    ["an empty half of a pair", () => json({ inputs: [["a", ""]] }), 400, "empty_input"],
    ["too many texts", () => json({ inputs: Array(LIMITS.texts + 1).fill("a") }), 413, "input_too_large"],
    ["a text too long", () => json({ inputs: "a".repeat(LIMITS.text_characters + 1) }), 413, "input_too_large"],
    ["a body too large", () => post(" ".repeat(LIMITS.body_bytes + 1)), 413, "input_too_large"],
    ["another method", () => app.request("/count"), 405, "method_not_allowed"],
    ["another path", () => app.request("/counts"), 404, "not_found"],
  ])("%s", async (_what, send, status, error_type) => {
    const response = await send();
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/\w/), error_type });
  });

  test("what is wrong is named", async () => {
    expect(await (await json({ inputs: ["fine", ""] })).json()).toMatchObject({ error: "text 1 is empty" });
    expect(await (await json({ inputs: 7 })).json()).toMatchObject({
      error: "inputs: expected a text, an array of texts or an array of pairs of texts",
    });
  });

  test("an unknown method is answered with those that there are", async () => {
    expect((await app.request("/count", { method: "DELETE" })).headers.get("allow")).toBe("POST, OPTIONS");
  });

  test("a failure of ours is logged and not shown", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const response = await app.request("/bug");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
    expect(log).toHaveBeenCalledTimes(1);
  });
});

describe("every service", () => {
  test("is healthy without a model", async () => {
    const broken = createApp({ model: () => Promise.reject(new Error("none")), groups: [count] });
    expect(await (await broken.request("/health")).json()).toEqual({ status: "ok" });
  });

  test("says what it is: version, model, heads and every limit", async () => {
    const info = await (await app.request("/info")).json();
    expect(info).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      model: { quantization: "f32", hidden_size: 32, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      heads: [{ name: "text-classification", architecture: "BertForSequenceClassification" }],
      limits: LIMITS,
    });
  });

  test("answers 503 with Retry-After while the model cannot be loaded", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const broken = createApp({ model: () => loadPretrained(new Uint8Array(9)) });
    const response = await broken.request("/info");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await response.json()).toEqual({ error: "the model could not be loaded", error_type: "model_unavailable" });
  });
});

describe("answers", () => {
  const answering = (compute: () => Promise<unknown>) => {
    const group: RouteGroup = {
      operations: [],
      mount: ({ answers }) => new Hono().post("/answer", async (c) => answers.respond(c, await c.req.json(), compute)),
    };
    return createApp({ model, docs: apiDocs, groups: [group] });
  };
  const ask = (service: Hono, identity: unknown) =>
    service.request("/answer", { method: "POST", body: JSON.stringify(identity) }, {}, CONTEXT);

  test("are computed once for the same question", async () => {
    let computed = 0;
    const service = answering(async () => ({ computed: ++computed }));
    const identity = ["once", crypto.randomUUID()];
    const first = await ask(service, identity);
    const second = await ask(service, identity);
    expect([first.headers.get("x-cache"), second.headers.get("x-cache")]).toEqual(["MISS", "HIT"]);
    expect([await first.json(), await second.json()]).toEqual([{ computed: 1 }, { computed: 1 }]);
    expect((await ask(service, ["other", identity])).headers.get("x-cache")).toBe("MISS");
  });

  test("outlive the isolate's own memory where the platform has a cache", async () => {
    const large = "x".repeat(0.6 * LIMITS.cached_characters);
    const service = answering(async () => large);
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    for (const identity of [first, second]) expect((await ask(service, identity)).headers.get("x-cache")).toBe("MISS");
    await Promise.all(pending);
    if (typeof caches === "undefined") {
      expect((await ask(service, first)).headers.get("x-cache")).toBe("MISS");
      return;
    }
    // The platform keeps it after the answer was sent.
    const again = await vi.waitFor(async () => {
      const response = await ask(
        answering(async () => large),
        first,
      );
      expect(response.headers.get("x-cache")).toBe("HIT");
      return response;
    }, 10_000);
    expect(await again.json()).toBe(large);
  });

  test("that fail are not kept", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    let fail = true;
    const service = answering(async () => {
      if (fail) throw new Error("not now");
      return "fine";
    });
    const identity = ["fails", crypto.randomUUID()];
    expect((await ask(service, identity)).status).toBe(500);
    fail = false;
    expect((await ask(service, identity)).headers.get("x-cache")).toBe("MISS");
  });
});

/** What the runtime hands to a request beside its environment. */
const pending: Promise<unknown>[] = [];
const CONTEXT = {
  waitUntil: (promise: Promise<unknown>) => void pending.push(promise),
  passThroughOnException: () => {},
  props: {},
};
