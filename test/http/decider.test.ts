// Questions that a deployment's DECISIONS give to heads of the model, by either interface.
import { beforeAll, expect, test } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { openaiDecisions } from "../../src/http/compat/openai-decisions.ts";
import { systemOne } from "../../src/http/compat/system-one.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { readFixture } from "../fixtures.ts";

const ANGRY = { type: "noul", instructions: "Is the customer angry?" };
const MOOD = { type: "score", instructions: "How is the mood?", criteria: ["bad", "good"] };
const QUESTIONS = [
  { ...ANGRY, x_head: "sentiment", x_labels: { true: "NEGATIVE", false: "POSITIVE" } },
  { ...MOOD, x_head: "sentiment", x_labels: { 0: "NEGATIVE", 1: "POSITIVE" } },
];
const STATE = "what an awful service";

let model: LoadedModel;
beforeAll(async () => {
  model = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
});

const appWith = (questions: readonly object[]) =>
  createApp({
    model: async () => model,
    groups: [openaiDecisions, systemOne],
    env: { DECISIONS: JSON.stringify({ questions }) },
  });

async function ask<T>(path: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify({ model: "edge", ...body }) };
  const response = await appWith(QUESTIONS).request(path, init);
  expect(response.status).toBe(200);
  return ((await response.json()) as { answers: T }).answers;
}

test("a configured question is answered by its head, and others as ever", async () => {
  const questions = {
    angry: ANGRY,
    mood: MOOD,
    other: { ...ANGRY, instructions: "Is the customer from Spain?" },
    own: { ...ANGRY, x_head: "emotion", x_labels: { true: "anger", false: "joy" } },
  };
  const answers = await ask<Record<string, Record<string, unknown>>>("/v1/systemone", { state: STATE, questions });
  expect(answers).toMatchObject({
    angry: { x_source: "head:sentiment" },
    mood: { x_source: "head:sentiment" },
    other: { x_source: "zero-shot" },
    own: { x_source: "head:emotion" },
  });
  expect(answers.angry!.noul).toBeGreaterThan(0.9);
  expect(answers.mood!.score).toBeLessThan(0.1);
});

test.each([
  [{ x_head: "sentiment", x_labels: { yes: "NEGATIVE" } }, "x_labels: no option yes; there are true, false"],
  [{ x_labels: { true: "NEGATIVE" } }, "x_labels: there is no x_head"],
])("a request with %j is refused", async (more, message) => {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ model: "edge", state: STATE, questions: { angry: { ...ANGRY, ...more } } });
  const response = await appWith([]).request("/v1/systemone", { method: "POST", headers, body });
  expect(response.status).toBe(422);
  expect(await response.text()).toContain(message);
});

test("it is the same question in OpenAI's form", async () => {
  const [angry, mood] = await ask<[{ probability: number }, { score: number }]>("/v1/decisions", {
    input: STATE,
    questions: [
      { type: "predicate", instructions: ANGRY.instructions },
      { type: "score", instructions: MOOD.instructions, levels: [{ label: "bad" }, { label: "good" }] },
    ],
  });
  expect(angry).toMatchObject({ x_source: "head:sentiment" });
  expect(angry.probability).toBeGreaterThan(0.9);
  expect(mood).toMatchObject({ x_source: "head:sentiment" });
  expect(mood.score).toBeLessThan(0.1);
});

test.each([
  [[{ ...ANGRY }], "x_head"],
  [[{ ...QUESTIONS[0]!, surprise: 1 }], "surprise"],
  [[{ ...QUESTIONS[0]!, type: "essay" }], "DECISIONS.questions.0"],
  [
    [{ ...QUESTIONS[0]!, x_labels: { yes: "NEGATIVE" } }],
    "DECISIONS.questions.0: x_labels: no option yes; there are true, false",
  ],
  [[QUESTIONS[0]!, QUESTIONS[0]!], "DECISIONS.questions.1: the question is there twice"],
])("the setting %j stops the deployment", (questions, message) => {
  expect(() => appWith(questions)).toThrow(message);
});
