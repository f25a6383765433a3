// OpenAI's own client against a Worker that has only its routes.
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestsTo } from "../functions/requests.ts";
import { type RunningWorker, startWorker } from "../functions/worker.ts";

const MODEL = "minilm-l6-heads";
let worker: RunningWorker;
let client: OpenAI;
beforeAll(async () => {
  worker = await startWorker("openai");
  client = new OpenAI({ baseURL: new URL("/v1", worker.url).href, apiKey: "none", maxRetries: 0 });
});
afterAll(() => worker.close());

const { send, post } = requestsTo(() => worker);
const length = (vector: readonly number[]) => Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));

describe("openai", () => {
  test("a text has a vector, and is counted in tokens", async () => {
    const { data, usage, model, object } = await client.embeddings.create({ model: MODEL, input: "hello world" });
    expect({ usage, model, object }).toEqual({
      usage: { prompt_tokens: 4, total_tokens: 4 },
      model: MODEL,
      object: "list",
    });
    expect(data).toEqual([{ object: "embedding", index: 0, embedding: expect.any(Array) }]);
    expect(data[0]!.embedding).toHaveLength(384);
    expect(length(data[0]!.embedding)).toBeCloseTo(1, 4);
  });

  test("base64, which the client asks for by itself, and numbers are the same vectors", async () => {
    const input = ["hello", "world"];
    const packed = await client.embeddings.create({ model: MODEL, input });
    const plain = await client.embeddings.create({ model: MODEL, input, encoding_format: "float" });
    expect(packed.data.map(({ embedding }) => [...embedding])).toEqual(plain.data.map(({ embedding }) => embedding));
    const raw = await (await post("/v1/embeddings", { model: MODEL, input, encoding_format: "base64" })).json();
    expect(raw).toMatchObject({ data: [{ embedding: expect.stringMatching(/^[\w+/]+=*$/) }, { index: 1 }] });
  });

  test("vectors can be shorter", async () => {
    const { data } = await client.embeddings.create({ model: MODEL, input: "hello world", dimensions: 16 });
    expect(data[0]!.embedding).toHaveLength(16);
    expect(length(data[0]!.embedding)).toBeCloseTo(1, 4);
  });

  test("2,048 texts, as many as OpenAI takes, have their vectors in order", async () => {
    const input = Array.from({ length: 2048 }, (_, index) => String(index % 1024));
    const { data, usage } = await client.embeddings.create({ model: MODEL, input, dimensions: 8 });
    expect(data.map(({ index }) => index)).toEqual(input.map((_, index) => index));
    expect(usage.prompt_tokens).toBeGreaterThanOrEqual(3 * 2048);
    const first = data.slice(0, 1024).map(({ embedding }) => embedding);
    for (const [index, { embedding }] of data.slice(1024).entries())
      for (const [at, value] of embedding.entries()) expect(first[index]![at]).toBeCloseTo(value, 4);
    expect(new Set(first.map(String)).size).toBe(1024);
  });

  test("null stands for a field that is left out, the model's name too, and user has no effect", async () => {
    const plain = await post("/v1/embeddings", { model: MODEL, input: "hello" });
    const nulls = { model: null, encoding_format: null, dimensions: null, user: null };
    const answers = await Promise.all([
      post("/v1/embeddings", { input: "hello", ...nulls }),
      post("/v1/embeddings", { input: "hello" }),
      post("/v1/embeddings", { model: MODEL, input: "hello", user: "somebody" }),
    ]);
    const expected = await plain.json();
    for (const answer of answers) expect(await answer.json()).toEqual(expected);
  });

  test("/embeddings is the same route without a version", async () => {
    const rootless = new OpenAI({ baseURL: worker.url.href, apiKey: "none", maxRetries: 0 });
    const { data } = await rootless.embeddings.create({ model: MODEL, input: "hello world" });
    expect(data).toEqual((await client.embeddings.create({ model: MODEL, input: "hello world" })).data);
    const error = await rootless.embeddings.create({ model: "gpt", input: "a" }).catch((error: unknown) => error);
    expect(error).toMatchObject({ status: 404, code: "not_found", param: "model" });
  });

  test.each([[[7592, 2088]], [[[7592], [2088]]]])(
    "token ids %j are refused, naming the client's switch",
    async (input) => {
      const error = await client.embeddings.create({ model: MODEL, input }).catch((error: unknown) => error);
      expect(error).toMatchObject({ status: 422, code: "invalid_input", param: "input" });
      expect((error as Error).message).toContain("check_embedding_ctx_length=False");
    },
  );

  test("the models are listed", async () => {
    const models = [];
    for await (const model of client.models.list()) models.push(model);
    expect(models).toEqual([{ id: MODEL, object: "model", created: 0, owned_by: "bertlet" }]);
    expect(await client.models.retrieve(MODEL)).toEqual(models[0]);
  });

  test.each<[string, () => Promise<unknown>, number, string, string | null]>([
    ["another model", () => client.embeddings.create({ model: "gpt", input: "a" }), 404, "not_found", "model"],
    ["another model's card", () => client.models.retrieve("gpt"), 404, "not_found", "model"],
    ["an empty text", () => client.embeddings.create({ model: MODEL, input: "" }), 400, "empty_input", null],
    [
      "too many texts",
      () => client.embeddings.create({ model: MODEL, input: Array(2049).fill("a") }),
      413,
      "input_too_large",
      null,
    ],
    [
      "a text too long",
      () => client.embeddings.create({ model: MODEL, input: "a ".repeat(600) }),
      413,
      "input_too_large",
      null,
    ],
    [
      "an unknown key",
      () => client.embeddings.create({ model: MODEL, input: "a", dimension: 8 } as never),
      422,
      "invalid_input",
      "dimension",
    ],
    [
      "too many dimensions",
      () => client.embeddings.create({ model: MODEL, input: "a", dimensions: 385 }),
      422,
      "invalid_input",
      null,
    ],
    [
      "no dimensions",
      () => client.embeddings.create({ model: MODEL, input: "a", dimensions: 0 }),
      422,
      "invalid_input",
      "dimensions",
    ],
    ["another route", () => client.completions.create({ model: MODEL, prompt: "a" }), 404, "not_found", null],
  ])("%s is refused in OpenAI's shape", async (_what, run, status, code, param) => {
    const error = await run().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ status, code, param, type: "invalid_request_error" });
  });

  test("so are another method and what is not JSON", async () => {
    const method = await send("/v1/embeddings");
    expect([method.status, method.headers.get("allow")]).toEqual([405, expect.stringContaining("POST")]);
    expect(await method.json()).toMatchObject({ error: { code: "method_not_allowed", message: expect.any(String) } });
    const body = await send("/v1/embeddings", {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/json" },
    });
    expect(await body.json()).toMatchObject({ error: { code: "invalid_json" } });
    expect((await send("/v1/models", { method: "POST" })).status).toBe(405);
  });
});
