// POST /understand over HTTP, in workerd, with the default model; and what it says beside what each head says by itself.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "../../src/models/bert-for-token-classification.ts";
import { BertModel } from "../../src/models/bert-model.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import type { Understanding } from "../../src/tasks/understand/understand.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

const QUERY = "play some jazz by Miles Davis in Berlin";

let worker: RunningWorker;
let model: LoadedModel;
beforeAll(async () => {
  worker = await startWorker("understand");
  model = await loadPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
}, 60_000);
afterAll(() => worker.close());

const send = (body: unknown, method = "POST") =>
  fetch(new URL("/understand", worker.url), {
    method,
    headers: { "content-type": "application/json" },
    ...(method === "POST" && { body: JSON.stringify(body) }),
  });
async function understand<T = Understanding>(inputs: unknown, parameters?: unknown): Promise<T> {
  const response = await send({ inputs, parameters });
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as T;
}

describe("a query", () => {
  test("is told with its intent, slots, entities, vector and clean form", async () => {
    const answer = await understand(`  ${QUERY}\u200b `);
    expect(Object.keys(answer)).toEqual(["query", "intent", "slots", "entities", "vector"]);
    expect(answer.query).toBe(QUERY);
    expect(answer.intent).toEqual({ label: "play_music", score: expect.any(Number), out_of_scope: false });
    expect(answer.vector).toHaveLength(384);
    expect(Math.hypot(...answer.vector!)).toBeCloseTo(1, 5);
  });

  test("has offsets into the text as it was sent", async () => {
    const text = `  👟 ${QUERY}`;
    const { entities } = await understand(text, { parts: ["entities"] });
    const places = entities!.map(({ start, end }) => text.slice(start, end));
    expect(places).toContain("Miles Davis");
    const points = await understand(text, { parts: ["entities"], offset_unit: "codepoint" });
    expect(points.entities!.map(({ start, end }) => [...text].slice(start, end).join(""))).toEqual(places);
  });

  test("is told only in the parts asked for", async () => {
    const { sentiment, ...others } = await understand("what a lovely day", { parts: ["sentiment"] });
    expect(sentiment).toMatchObject({ label: "POSITIVE" });
    expect(others).toEqual({});
    expect(await understand(" a  b ", { parts: ["query"] })).toEqual({ query: "a b" });
    expect(Object.keys(await understand("a", { parts: ["vector"] }))).toEqual(["vector"]);
  });

  test("says the same as each head by itself", async () => {
    const queries = [QUERY, "what's the weather like in Paris tomorrow", "transfer 100 dollars to savings"];
    const answers = await understand<Understanding[]>(queries, { parts: ["intent", "slots", "entities", "vector"] });
    const alone = {
      intents: await new BertForSequenceClassification(model, "intent").classify(queries),
      slots: await new BertForTokenClassification(model, "slots").entities(queries, { aggregationStrategy: "first" }),
      entities: await new BertForTokenClassification(model, "entities").entities(queries, {
        aggregationStrategy: "first",
      }),
      vectors: await new BertModel(model).embed(queries),
    };
    for (const [index, { intent, slots, entities, vector }] of answers.entries()) {
      expect(intent).toMatchObject(alone.intents[index]![0]!);
      expect(slots).toEqual(alone.slots[index]);
      expect(entities).toEqual(alone.entities[index]);
      expect(vector).toEqual(Array.from(alone.vectors[index]!));
    }
  });

  test("of a batch is answered as when it comes alone", async () => {
    const [, second] = await understand<Understanding[]>(["good morning", QUERY]);
    expect(second).toEqual(await understand(QUERY));
  });

  test("is out of scope by its label, or when no intent is likely enough", async () => {
    const nonsense = "how many stars are there in the andromeda galaxy";
    const flag = async (text: string, oos_threshold?: number) =>
      (await understand(text, { parts: ["intent"], oos_threshold })).intent!.out_of_scope;
    expect(await flag(nonsense)).toBe(true);
    expect(await flag(QUERY)).toBe(false);
    expect(await flag(QUERY, 1)).toBe(true);
    const { intent } = await understand(nonsense, { parts: ["intent"], oos_threshold: 0 });
    expect(intent!.out_of_scope).toBe(intent!.label === "oos");
  });

  test("is read by the heads that the parameters name", async () => {
    const { intent, slots } = await understand(QUERY, {
      parts: ["intent", "slots"],
      heads: { intent: "emotion", slots: "entities" },
    });
    expect(intent!.label).toBe("love");
    expect(slots).toEqual((await understand(QUERY)).entities);
  });

  test("can be asked by GET", async () => {
    const query = new URLSearchParams({ inputs: QUERY, parts: '["intent","query"]', oos_threshold: "1" });
    const response = await fetch(new URL(`/understand?${query}`, worker.url));
    expect(await response.json()).toMatchObject({ query: QUERY, intent: { label: "play_music", out_of_scope: true } });
    expect(response.headers.get("etag")).toMatch(/^"[0-9a-f]{64}"$/);
  });

  test("asked again is a HIT; asked otherwise, a MISS", async () => {
    const inputs = `play ${crypto.randomUUID()}`;
    const cache = async (parameters?: unknown) => (await send({ inputs, parameters })).headers.get("x-cache");
    expect(await cache()).toBe("MISS");
    expect(await cache()).toBe("HIT");
    expect(await cache({ oos_threshold: 0.9 })).toBe("MISS");
    expect(await cache({ parts: ["intent"] })).toBe("MISS");
  });
});

describe("refusals", () => {
  test.each<[string, unknown, number, string]>([
    ["no inputs", {}, 422, "invalid_input"],
    ["pairs", { inputs: [["a", "b"]] }, 422, "invalid_input"],
    ["an empty query", { inputs: " " }, 400, "empty_input"],
    ["no queries", { inputs: [] }, 400, "empty_input"],
    ["too many queries", { inputs: Array(129).fill("a") }, 413, "input_too_large"],
    [
      "a query too long that must not be cut",
      { inputs: "a ".repeat(600), parameters: { truncation: false } },
      413,
      "input_too_large",
    ],
    ["no parts", { inputs: "a", parameters: { parts: [] } }, 422, "invalid_input"],
    ["an unknown part", { inputs: "a", parameters: { parts: ["synonyms"] } }, 422, "invalid_input"],
    ["an unknown parameter", { inputs: "a", parameters: { part: [] } }, 422, "invalid_input"],
    ["a threshold that is no probability", { inputs: "a", parameters: { oos_threshold: 2 } }, 422, "invalid_input"],
    ["an unknown head", { inputs: "a", parameters: { heads: { intent: "none" } } }, 404, "not_found"],
    ["a tagger for an intent", { inputs: "a", parameters: { heads: { intent: "slots" } } }, 404, "not_found"],
  ])("%s", async (_what, body, status, error_type) => {
    const response = await send(body);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/\w/), error_type });
    expect(response.status).toBe(status);
  });

  test("another method", async () => {
    const response = await send(undefined, "PUT");
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD, POST, OPTIONS");
  });
});
