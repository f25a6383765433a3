// Clients of decisions against a Worker that has only their routes: OpenAI's own, and System One's conformance suite with its official client.
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { pythonOf } from "../functions/python.ts";
import { type RunningWorker, startWorker } from "../functions/worker.ts";

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

const { missing, python } = pythonOf("BERTLET_CLIENTS");

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
