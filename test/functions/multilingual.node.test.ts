// The multilingual model in a Worker of its own, as functions/wrangler.toml deploys it.
import { stat } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requestsTo } from "./requests.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker("multilingual");
});
afterAll(() => worker.close());

const { answer, send } = requestsTo(() => worker);

test("the file has at most 34 MB", async () => {
  expect((await stat("models/multilingual/model.safetensors")).size).toBeLessThanOrEqual(34e6);
});

test.each([
  ["I love this phone, it is wonderful!", "positive"],
  ["Ich liebe dieses Telefon, es ist wunderbar!", "positive"],
  ["J'adore ce téléphone, il est merveilleux !", "positive"],
  ["أحب هذا الهاتف، إنه رائع!", "positive"],
  ["Odio este teléfono, es horrible.", "negative"],
  ["Questo telefono è terribile, lo odio.", "negative"],
])("sentiment of %s", async (inputs, label) => {
  expect(await answer("/classify", { inputs })).toEqual([{ label, score: expect.any(Number) }]);
});

test("intents taught in English are found in other languages", async () => {
  const parameters = { head: "intent" };
  for (const inputs of [
    "Wird es morgen in Berlin regnen?",
    "¿Va a llover mañana en Madrid?",
    "明天北京会下雨吗？",
    "هل ستمطر غدا في القاهرة؟",
  ])
    expect(await answer("/classify", { inputs, parameters }), inputs).toMatchObject([{ label: "GetWeather" }]);
});

test("a question is nearest to its answer, in any pair of languages", async () => {
  const embed = (inputs: string[], prompt_name: string) => answer<number[][]>("/embed", { inputs, prompt_name });
  const questions = ["Wie hoch ist der Mount Everest?", "Quelle est la capitale du Japon ?"];
  const passages = ["Tokyo is the capital of Japan.", "Mount Everest is 8,849 metres high."];
  const [q, p] = [await embed(questions, "query"), await embed(passages, "passage")];
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, index) => sum + value * b[index]!, 0);
  expect(dot(q[0]!, p[1]!)).toBeGreaterThan(dot(q[0]!, p[0]!));
  expect(dot(q[1]!, p[0]!)).toBeGreaterThan(dot(q[1]!, p[1]!));
});

test("a query is understood by what the model has", async () => {
  const understood = await answer<{ intent: object; vector: number[] }>("/understand", {
    inputs: "spiel etwas jazz von miles davis",
  });
  expect(understood).toEqual({
    query: expect.any(String),
    intent: { label: "PlayMusic", score: expect.any(Number), out_of_scope: false },
    sentiment: expect.objectContaining({ label: expect.any(String) }),
    vector: expect.any(Array),
  });
  expect(understood.vector).toHaveLength(384);
});

test("at 128 tokens the session has at most 64 MB", async () => {
  await answer("/embed", { inputs: "Straße ".repeat(120), truncate: true });
  const { model } = (await (await send("/info")).json()) as { model: { memory_bytes: number } };
  expect(model.memory_bytes).toBeLessThanOrEqual(64e6);
});
