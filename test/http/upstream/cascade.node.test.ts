// The cascade over a server that speaks the interfaces by HTTP: what goes there, what comes back, and what happens when nothing does.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../../src/http/app.ts";
import { openaiDecisions } from "../../../src/http/compat/openai-decisions.ts";
import { systemOne } from "../../../src/http/compat/system-one.ts";
import { loadPretrained } from "../../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../../src/models/loaded-model.ts";
import { readFixture } from "../../fixtures.ts";
import { type Reply, UpstreamServer } from "./upstream-server.ts";

const STATE = "This is awful: I was charged twice for my order and want my money back.";
const SURE = { type: "choice", criteria: { positive: null, negative: null } };
const OPEN = {
  type: "choice",
  instructions: "Which team?",
  criteria: { red: "The first team", blue: "The second team" },
};
const LEVEL = { type: "score", instructions: "Where?", criteria: ["north", "middle", "south"] };
const TRUE = { type: "noul", criteria: { true: "Anna writes.", false: "Ben writes." } };
const UNCERTAIN = { open: OPEN, level: LEVEL, true: TRUE };

let model: LoadedModel;
let server: UpstreamServer;
beforeAll(async () => {
  model = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
  server = await UpstreamServer.start();
});
afterAll(() => server.close());
beforeEach(() => {
  server.received.length = 0;
  vi.spyOn(console, "log").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

type Settings = Readonly<Record<string, unknown>>;
function appWith(settings: Settings = {}, path = "/v1/systemone", more: Settings = {}) {
  const UPSTREAM = { url: `${server.url}${path}`, at_least: 0.8, ...settings };
  return createApp({ model: async () => model, groups: [openaiDecisions, systemOne], env: { UPSTREAM, ...more } });
}
type Answer = Readonly<Record<string, unknown>>;
async function post(app: ReturnType<typeof appWith>, path: string, body: unknown): Promise<[Response, Answer]> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await app.request(path, init);
  return [response, (await response.json()) as Answer];
}
async function ask(app: ReturnType<typeof appWith>, questions: Settings = UNCERTAIN, state = STATE) {
  const [response, body] = await post(app, "/v1/systemone", { model: "jev-latest", state, questions });
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body.answers as Readonly<Record<string, Answer>>;
}

const ANSWERED = {
  answers: {
    q0: { type: "choice", probabilities: { blue: 0.8, red: 0.2 } },
    q1: { type: "score", probabilities: { "0": 0, "1": 0.5, "2": 0.5 } },
    q2: { type: "noul", noul: 0.75 },
  },
};

describe("what the edge is not certain of", () => {
  test("is asked in one request by System One's interface, and what it is certain of is not", async () => {
    server.reply = () => ({ body: ANSWERED });
    const answers = await ask(appWith({ model: "clef" }, "/v1/systemone", { UPSTREAM_KEY: "secret" }), {
      sure: SURE,
      ...UNCERTAIN,
    });
    expect(answers).toMatchObject({
      sure: { choice: "negative", x_source: "head:sentiment" },
      open: { choice: "blue", probabilities: { red: 0.2, blue: 0.8 }, x_source: "upstream" },
      level: { score: 1.5, x_source: "upstream" },
      true: { noul: 0.75, x_source: "upstream" },
    });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      path: "/v1/systemone",
      headers: { authorization: "Bearer secret", "content-type": "application/json" },
      body: {
        model: "clef",
        state: STATE,
        questions: {
          q0: OPEN,
          q1: LEVEL,
          q2: TRUE,
        },
      },
    });
  });

  test("is asked by OpenAI's interface, whose refusals leave the edge's answer", async () => {
    server.reply = () => ({
      body: {
        answers: [
          {
            type: "choice",
            probabilities: [
              { value: "blue", probability: 1 },
              { value: "red", probability: 0 },
            ],
          },
          { type: "refusal", name: "q1" },
          { type: "predicate", probability: 0.25 },
        ],
      },
    });
    const answers = await ask(appWith({}, "/v1/decisions"));
    expect(answers).toMatchObject({
      open: { choice: "blue", x_source: "upstream" },
      level: { x_source: "zero-shot", x_unconfirmed: "refusal" },
      true: { noul: 0.25, x_source: "upstream" },
    });
    expect(server.received[0]!.body).toEqual({
      model: "jev-latest",
      input: STATE,
      questions: [
        {
          type: "choice",
          name: "q0",
          instructions: "Which team?",
          choices: [
            { value: "red", description: "The first team" },
            { value: "blue", description: "The second team" },
          ],
        },
        {
          type: "score",
          name: "q1",
          instructions: "Where?",
          levels: [{ label: "north" }, { label: "middle" }, { label: "south" }],
        },
        { type: "predicate", name: "q2", instructions: "true: Anna writes.\nfalse: Ben writes." },
      ],
    });
  });

  test("may be asked in OpenAI's form and answered by System One, as Cloudflare wraps it", async () => {
    server.reply = () => ({ body: { result: { answers: { q0: ANSWERED.answers.q0 } }, success: true } });
    const choices = [{ value: "red" }, { value: "blue" }];
    const questions = [{ type: "choice", name: "team", instructions: "Which team?", choices }];
    const [, body] = await post(appWith(), "/v1/decisions", { model: "edge", input: STATE, questions });
    expect(body.answers).toMatchObject([
      { name: "team", choice: "blue", confidence: expect.closeTo(0.6), x_source: "upstream" },
    ]);
  });

  test("depends on the setting: 0 asks nothing, 1 everything that is not settled", async () => {
    server.reply = () => ({ body: ANSWERED });
    await ask(appWith({ at_least: 0, zero_shot: true }));
    expect(server.received).toHaveLength(0);
    await ask(appWith({ at_least: 1 }), { sure: SURE, ...UNCERTAIN });
    expect(Object.keys((server.received[0]!.body as { questions: object }).questions)).toHaveLength(4);
  });

  test("is all that is zero-shot, however probable, unless the settings say otherwise", async () => {
    server.reply = () => ({ body: { answers: { q0: { type: "noul", noul: 1 } } } });
    const weather = { type: "noul", instructions: "Is it about the weather?" };
    expect((await ask(appWith(), { weather })).weather).toMatchObject({ noul: 1, x_source: "upstream" });
    const own = (await ask(appWith({ zero_shot: true }), { weather })).weather!;
    expect(own).toMatchObject({ x_source: "zero-shot" });
    expect(own.noul).toBeLessThan(0.05);
  });

  test("may have options of any name", async () => {
    const criteria = JSON.parse('{"__proto__": "The first team", "constructor": "The second team"}') as object;
    const probabilities = JSON.parse('{"__proto__": 0.25, "constructor": 0.75}') as object;
    server.reply = () => ({ body: { answers: { q0: { type: "choice", probabilities } } } });
    const answers = await ask(appWith(), { open: { type: "choice", criteria } });
    expect(answers.open).toMatchObject({ choice: "constructor", x_source: "upstream" });
  });

  test("is cached once upstream has answered", async () => {
    server.reply = () => ({ body: ANSWERED });
    const app = appWith();
    await ask(app);
    await ask(app);
    expect(server.received).toHaveLength(1);
  });
});

describe("when upstream does not answer", () => {
  const cases: readonly (readonly [string, string, Reply])[] = [
    ["too late", "timeout", { body: ANSWERED, milliseconds: 2000 }],
    ["with an error", "status", { status: 500, body: "no" }],
    ["because of too many requests", "rate_limited", { status: 429, headers: { "retry-after": "60" }, body: "{}" }],
    ["in JSON", "shape", { body: "<html>" }],
    ["all questions", "shape", { body: { answers: { q0: ANSWERED.answers.q0 } } }],
    ["for all options", "shape", { body: { answers: { ...ANSWERED.answers, q0: { probabilities: { blue: 1 } } } } }],
    [
      "with probabilities",
      "shape",
      { body: { answers: { ...ANSWERED.answers, q0: { probabilities: { red: 0.9, blue: 0.9 } } } } },
    ],
  ];
  test.each(cases)("%s, the edge's answers are marked %s and not cached", async (_, reason, reply) => {
    server.reply = () => reply;
    const app = appWith({ timeout_ms: 300 });
    const answers = await ask(app);
    for (const answer of Object.values(answers))
      expect(answer).toMatchObject({ x_source: "zero-shot", x_unconfirmed: reason });
    server.reply = () => ({ body: ANSWERED });
    expect(console.error).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(new RegExp(`^upstream: ${reason}: .`)));
    const again = await ask(app);
    // A pause that upstream asked for is kept.
    expect(again.open).toMatchObject(
      reason === "rate_limited" ? { x_unconfirmed: "paused" } : { x_source: "upstream" },
    );
  });

  test("at all, the same", async () => {
    const app = appWith({ url: "http://127.0.0.1:9/v1/systemone" });
    expect((await ask(app)).open).toMatchObject({ x_source: "zero-shot", x_unconfirmed: "connection" });
  });

  test("five times, it is left alone", async () => {
    server.reply = () => ({ status: 503, body: "" });
    const app = appWith();
    for (let i = 0; i < 5; i++) expect((await ask(app)).open).toMatchObject({ x_unconfirmed: "status" });
    expect((await ask(app)).open).toMatchObject({ x_unconfirmed: "paused" });
    expect(server.received).toHaveLength(5);
  });

  test("and the settings want an error, it is 503, and no text is logged", async () => {
    server.reply = () => ({ status: 500, body: "no" });
    const body = { model: "jev-latest", state: STATE, questions: UNCERTAIN };
    const [response, answer] = await post(appWith({ otherwise: "error" }), "/v1/systemone", body);
    expect(response.status).toBe(503);
    expect(answer).toMatchObject({ detail: { error_type: "unavailable", message: expect.stringContaining("status") } });
    const logged = JSON.stringify([vi.mocked(console.log).mock.calls, vi.mocked(console.error).mock.calls]);
    expect(logged).not.toContain("charged twice");
  });

  test("because the budget is spent, the edge answers", async () => {
    server.reply = () => ({ body: ANSWERED });
    const app = appWith({ per_minute: 1 });
    await ask(app);
    expect((await ask(app, { ...UNCERTAIN, sure: SURE })).open).toMatchObject({ x_unconfirmed: "budget" });
  });
});

describe("Workers AI", () => {
  // Only the platform has the binding: this one asks the same server.
  const AI = {
    run: async (name: string, inputs: unknown) => {
      const response = await fetch(`${server.url}/ai/${name}`, { method: "POST", body: JSON.stringify(inputs) });
      if (!response.ok) throw new Error(`5xxx: ${JSON.stringify(inputs)}`);
      return response.json();
    },
  };
  const appWithAi = (more: Settings = {}) =>
    appWith({ url: undefined, binding: "AI", model: "@cf/example/clef", ...more }, "", { AI });

  test("is asked by its binding", async () => {
    server.reply = () => ({ body: ANSWERED });
    expect((await ask(appWithAi())).open).toMatchObject({ choice: "blue", x_source: "upstream" });
    expect(server.received).toMatchObject([{ path: "/ai/@cf/example/clef", body: { state: STATE } }]);
  });

  test.each([
    ["status", {}, { status: 500, body: "no" }],
    ["timeout", { timeout_ms: 200 }, { body: ANSWERED, milliseconds: 1000 }],
    ["shape", {}, { body: { response: "a text" } }],
  ] as const)("that does not answer is %s, and no state is logged", async (reason, more, reply) => {
    server.reply = () => reply;
    expect((await ask(appWithAi(more))).open).toMatchObject({ x_source: "zero-shot", x_unconfirmed: reason });
    expect(JSON.stringify(vi.mocked(console.error).mock.calls)).not.toContain("charged twice");
  });

  test("needs the binding, and no key", () => {
    const settings = { url: undefined, binding: "AI" };
    expect(() => appWith(settings)).toThrow("UPSTREAM.binding: there is no Workers AI binding AI");
    expect(() => appWith(settings, "", { AI, UPSTREAM_KEY: "secret" })).toThrow("UPSTREAM_KEY: a binding takes no key");
    expect(() => appWith({ binding: "AI" }, "/v1/systemone", { AI })).toThrow("expected either url or binding");
  });
});

test("an answer of any length is read to the limit only", async () => {
  server.reply = () => ({ body: " ".repeat(9_000_000) });
  expect((await ask(appWith())).open).toMatchObject({ x_unconfirmed: "shape" });
  expect(console.error).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("more than 8388608 bytes"));
});

test.each([
  [{ url: "ftp://a/systemone" }, "UPSTREAM.url: expected an http or https URL"],
  [{ url: "https://example.com/v1" }, "UPSTREAM.interface: expected systemone or decisions"],
  [{ at_least: 2 }, "UPSTREAM.at_least"],
  [{ surprise: 1 }, "surprise"],
])("the setting %j stops the deployment", (settings, message) => {
  expect(() => appWith(settings)).toThrow(message);
});

test("a key without an upstream stops the deployment", () => {
  const env = { UPSTREAM_KEY: "secret" };
  expect(() => createApp({ model: async () => model, groups: [systemOne], env })).toThrow("there is no UPSTREAM");
});
