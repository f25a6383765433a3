// Clients of decisions against a Worker that has only their routes: OpenAI's own, those of frameworks, and System One's conformance suite with its
// official client.
import { createOpenAI } from "@ai-sdk/openai";
import { experimental_decide as decide } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { type RunningWorker, startWorker } from "../functions/worker.ts";
import { missing, type PythonClient, python, testPythonClients } from "./python-scripts.ts";

const KEY = "sk-test-0123456789";
let worker: RunningWorker;
let keyed: RunningWorker;
beforeAll(async () => {
  worker = await startWorker("decide");
  keyed = await startWorker("decide", {
    API_KEYS: JSON.stringify({ [await sha256(new TextEncoder().encode(KEY))]: { name: "tester" } }),
  });
}, 60_000);
afterAll(async () => {
  await worker.close();
  await keyed.close();
});

describe("openai", () => {
  test("decisions of every type come back in order, with their names", async () => {
    const client = new OpenAI({ baseURL: new URL("/v1", worker.url).href, apiKey: "none", maxRetries: 0 });
    const { answers, model, usage } = await client.decisions.create({
      model: "edge",
      input: [{ role: "user", content: [{ type: "input_text", text: "I was charged twice and want my money back." }] }],
      questions: [
        {
          type: "choice",
          name: "topic",
          instructions: "What is it about?",
          choices: [{ value: "delivery" }, { value: "billing", description: "Payments and refunds" }],
        },
        { type: "predicate", instructions: "The customer was charged twice." },
        { type: "choice", instructions: "The mood", choices: [{ value: "positive" }, { value: "negative" }] },
        { type: "score", instructions: "How angry?", levels: [{ label: "calm" }, { label: "furious" }] },
      ],
    });
    expect(model).toBe("edge");
    expect(usage.total_tokens).toBe(usage.input_tokens);
    expect(answers).toMatchObject([
      { type: "choice", name: "topic", choice: "billing", x_source: "zero-shot" },
      { type: "predicate", name: null, probability: expect.any(Number) },
      { type: "choice", choice: "negative", x_source: "head:sentiment" },
      { type: "score", probabilities: [{ label: "calm", value: 0 }, { label: "furious" }] },
    ]);
  });

  test("an image is refused, and says why", async () => {
    const client = new OpenAI({ baseURL: new URL("/v1", worker.url).href, apiKey: "none", maxRetries: 0 });
    const image = { type: "input_image", image_url: "data:image/png;base64,AA==" } as const;
    const asked = client.decisions.create({
      model: "edge",
      input: [{ role: "user", content: [image] }],
      questions: [{ type: "predicate", instructions: "It is a cat." }],
    });
    await expect(asked).rejects.toThrow("images are not read here");
  });
});

describe("the AI SDK's experimental_decide", () => {
  const model = () => createOpenAI({ baseURL: new URL("/v1", worker.url).href, apiKey: "none" }).decisionModel("edge");

  test("decisions of every type come back by their names", async () => {
    const { answers, usage, warnings } = await decide({
      model: model(),
      state: "I was charged twice and want my money back.",
      questions: {
        topic: {
          type: "choice",
          instructions: "What is it about?",
          criteria: { delivery: null, billing: "Payments and refunds" },
        },
        mood: { type: "choice", instructions: "The mood", criteria: { positive: null, negative: null } },
        twice: { type: "boolean", instructions: "The customer was charged twice." },
        anger: { type: "score", instructions: "How angry?", criteria: ["calm", "furious"] },
      },
    });
    expect(answers).toMatchObject({
      topic: { type: "choice", choice: "billing" },
      mood: { type: "choice", choice: "negative" },
      twice: { type: "boolean" },
      anger: { type: "score", score: expect.any(Number) },
    });
    const { positive, negative } = answers.mood.probabilities!;
    expect(positive + negative).toBeCloseTo(1, 6);
    expect(usage.inputTokens).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  });

  test("a state of JSON is read", async () => {
    const { answers } = await decide({
      model: model(),
      state: { subject: "My card", text: "What a delight, thank you!" },
      questions: { mood: { type: "choice", instructions: "The mood", criteria: { positive: null, negative: null } } },
    });
    expect(answers.mood.choice).toBe("positive");
  });

  test("a question of one option is refused, and says why", async () => {
    const asked = decide({
      model: model(),
      state: "I was charged twice.",
      questions: { topic: { type: "choice", instructions: "What is it about?", criteria: { billing: null } } },
      maxRetries: 0,
    });
    await expect(asked).rejects.toThrow("Expected >=2 but received 1");
  });
});

const number = expect.any(Number);
const PYTHON_CLIENTS: readonly PythonClient[] = [
  {
    modules: ["openai"],
    script: "openai_decisions.py",
    gets: {
      model: "edge",
      counted: true,
      answers: [
        { type: "choice", name: "topic", choice: "billing", x_source: "zero-shot" },
        { type: "choice", choice: "negative", x_source: "head:sentiment" },
        { type: "predicate", probability: number },
        { type: "score", score: number, probabilities: [{ label: "calm", value: 0 }, { label: "furious" }] },
      ],
      asynchronous: ["negative"],
      image: expect.stringContaining("images are not read here"),
    },
  },
  {
    modules: ["langchain_openai"],
    script: "langchain_decisions.py",
    gets: {
      model: "edge",
      choices: { topic: "billing", mood: "negative" },
      probability: number,
      score: number,
      refusals: 0,
      several: ["negative", "positive"],
      one_option: expect.stringContaining("Expected >=2 but received 1"),
    },
  },
  {
    modules: ["litellm"],
    script: "litellm_decisions.py",
    gets: {
      answers: [
        { type: "choice", name: "mood", choice: "negative" },
        { type: "predicate", name: "twice", probability: number },
        { type: "score", name: "anger", score: number },
      ],
      counted: true,
      system_one: { type: "choice", choice: "negative" },
      message: ["negative"],
    },
  },
];

testPythonClients(PYTHON_CLIENTS, "every decision", () => worker);

test.for([
  ["without keys", () => [worker.url.href]],
  ["with a key", () => [keyed.url.href, "--key", KEY]],
] as const)(
  "jevcompat finds nothing that System One has otherwise, %s",
  { timeout: 120_000 },
  async ([, args], { skip }) => {
    const reason = await missing("jevcompat", "typesafe_sdk");
    if (reason) return skip(reason);
    const { code, stdout } = await python(
      "-c",
      "import sys; from jevcompat.cli import main; sys.exit(main())",
      "test",
      ...args(),
    );
    expect(stdout).toMatch(/^conformant to spec .*MUST (\d+)\/\1, SHOULD (\d+)\/\2/m);
    expect(code).toBe(0);
  },
);
