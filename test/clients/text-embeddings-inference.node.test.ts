// What clients of Text Embeddings Inference (TEI) rely on besides the tasks: headers, and the gateway's addresses.
import { afterAll, beforeAll, expect, test } from "vitest";
import { requestsTo } from "../functions/requests.ts";
import { type RunningWorker, startWorker } from "../functions/worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

const { send, post } = requestsTo(() => worker);
const TIMES = ["compute", "total", "tokenization", "queue", "inference"];

async function took(path: string, body: object): Promise<Record<string, string | null>> {
  const response = await post(path, body);
  expect(response.status, await response.text()).toBe(200);
  const { headers } = response;
  for (const time of TIMES) expect(headers.get(`x-${time}-time`), time).toMatch(/^\d+$/);
  expect(headers.get("x-compute-type")).toBe("cpu");
  return { characters: headers.get("x-compute-characters"), tokens: headers.get("x-compute-tokens") };
}

test("answers say how many characters and tokens were read", async () => {
  const inputs = "hello 😀 world";
  expect(await took("/embed", { inputs })).toEqual({ characters: "13", tokens: "5" });
  expect(await took("/embed_all", { inputs })).toEqual({ characters: "13", tokens: "5" });
  expect(await took("/predict", { inputs })).toEqual({ characters: "13", tokens: "5" });
  expect(await took("/", { inputs: [inputs, inputs] })).toEqual({ characters: "26", tokens: "10" });
  expect(await took("/invocations", { inputs: [inputs] })).toEqual({ characters: "13", tokens: "5" });
  expect(await took("/v1/embeddings", { input: inputs })).toEqual({ characters: "13", tokens: "5" });
  expect(await took("/embeddings", { input: inputs })).toEqual({ characters: "13", tokens: "5" });
  expect(await took("/rerank", { query: "hello", texts: ["a", "bc"] })).toEqual({ characters: "13", tokens: "10" });
  const sentences = { source_sentence: "hello", sentences: ["a"] };
  expect(await took("/similarity", { inputs: sentences })).toEqual({ characters: "6", tokens: "6" });
});

test("an answer from the cache has read nothing", async () => {
  const body = { inputs: "answered before" };
  expect((await took("/embed", body)).tokens).toBe("4");
  expect(await took("/embed", body)).toEqual({ characters: "0", tokens: "0" });
});

test("a refusal has none of these headers, and the shape {error, error_type}", async () => {
  for (const path of ["/embed", "/", "/invocations"]) {
    const response = await post(path, { inputs: "" });
    expect([response.status, response.headers.get("x-compute-tokens")]).toEqual([400, null]);
    expect(await response.json()).toEqual({ error: "text 0 is empty", error_type: "empty_input" });
  }
});

test("GET / is the playground's page, whatever POST / does", async () => {
  const page = await send("/");
  expect([page.status, page.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
  expect((await send("/", { method: "HEAD" })).status).toBe(200);
  expect((await send("/", { method: "DELETE" })).status).toBe(405);
});
