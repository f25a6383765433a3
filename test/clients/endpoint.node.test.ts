// A deployment that its variables configure: two models, which /models knows by their names, and the task of POST /.
import { InferenceClient } from "@huggingface/inference";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestHarness } from "wrangler";
import { requestsTo } from "../functions/requests.ts";

const absent = { from: "kv", binding: "STORE", parts: ["absent"], bytes: 1024, sha256: "0".repeat(64) };
const harness = createTestHarness({
  workers: [
    {
      config: {
        name: "endpoint",
        main: "functions/hugging-face.ts",
        compatibility_date: "2026-10-01",
        rules: [{ type: "Data", globs: ["**/*.safetensors"], fallthrough: false }],
        kv_namespaces: [{ binding: "STORE", id: "models" }],
        vars: {
          MODELS: { default: "absent", models: { absent, own: { from: "bundled" } } },
          ENDPOINT: { task: "text-classification" },
        },
      },
    },
  ],
});
let url: URL;
beforeAll(async () => {
  ({ url } = await harness.listen());
});
afterAll(() => harness.close());

const { answer, refused } = requestsTo(() => ({ url, close: () => harness.close() }));
const score = expect.any(Number);

test("a model's name chooses the model, with a head or a task behind it", async () => {
  expect(await answer("/models/own", { inputs: "a" })).toEqual([expect.any(Array)]);
  expect(await answer("/models/own/emotion", { inputs: "thank you" })).toEqual([[{ label: "gratitude", score }]]);
  const inputs = { source_sentence: "a", sentences: ["b"] };
  expect(await answer("/models/own/pipeline/sentence-similarity", { inputs })).toEqual([score]);
});

test("names that are none are refused with those that are", async () => {
  await refused("/models/own/none", { inputs: "a" }, 404, "not_found", "own/emotion");
  await refused("/models/absent", { inputs: "a" }, 503, "model_unavailable");
});

test("the variable ENDPOINT chooses the task of a body that fits several", async () => {
  const own = (input: RequestInfo | URL, init?: RequestInit) => {
    const headers = new Headers(init?.headers);
    headers.set("x-model", "own");
    return fetch(input, { ...init, headers });
  };
  const client = new InferenceClient(undefined, { fetch: own as typeof fetch });
  const labels = await client.textClassification({ endpointUrl: url.href, inputs: "a delight" });
  expect(labels).toEqual([{ label: "POSITIVE", score }]);
});
