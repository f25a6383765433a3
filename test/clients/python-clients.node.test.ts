// Python's openai and huggingface_hub against the gateway (clients.py says what they ask).
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { missing, python } from "../functions/python.ts";
import { type RunningWorker, startWorker } from "../functions/worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

const score = expect.any(Number);

test("openai and huggingface_hub understand every answer", async ({ skip }) => {
  const reason = await missing("openai", "huggingface_hub", "numpy");
  if (reason) return skip(reason);
  const { code, stdout, stderr } = await python(resolve("test/clients/clients.py"), worker.url.href);
  expect(code, stderr).toBe(0);
  const { openai, hub } = JSON.parse(stdout) as { openai: object; hub: { similarity: [number, number] } };
  expect(openai).toEqual({
    lengths: [384, 384],
    usage: { prompt_tokens: 7, total_tokens: 7 },
    cut: 8,
    models: ["minilm-l6-heads"],
    unknown: [404, "not_found", "model"],
  });
  expect(hub).toMatchObject({
    classify: [{ label: "POSITIVE", score }],
    emotions: [{ label: "gratitude", score }, { score }],
    entities: [{ entity_group: "LOC", score, word: "Berlin", start: 13, end: 19 }],
    answer: { answer: "Berlin", score, start: 13, end: 19 },
    fills: [{ token_str: "town", token: 2237, score }],
    features: [1, 384],
    zero_shot: [{ label: "sport" }, { label: "cooking" }],
    unknown: [404],
  });
  expect(hub.similarity[0]).toBeGreaterThan(hub.similarity[1]);
});
