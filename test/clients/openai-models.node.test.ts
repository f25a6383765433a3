// OpenAI's client against a deployment that its variables configure: several models, of which one cannot be loaded, and token ids.
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestHarness } from "wrangler";

const absent = { from: "kv", binding: "STORE", parts: ["absent"], bytes: 1024, sha256: "0".repeat(64) };
const harness = createTestHarness({
  workers: [
    {
      config: {
        name: "several",
        main: "functions/openai.ts",
        compatibility_date: "2026-10-01",
        rules: [{ type: "Data", globs: ["**/*.safetensors"], fallthrough: false }],
        kv_namespaces: [{ binding: "STORE", id: "models" }],
        vars: {
          OPENAI: { token_ids: true },
          MODELS: { default: "absent", models: { absent, own: { from: "bundled" } } },
        },
      },
    },
  ],
});
let url: URL;
let client: OpenAI;
beforeAll(async () => {
  ({ url } = await harness.listen());
  client = new OpenAI({ baseURL: new URL("/v1", url).href, apiKey: "none", maxRetries: 0 });
});
afterAll(() => harness.close());

const card = (id: string) => ({ id, object: "model", created: 0, owned_by: "bertlet" });

test("all models are listed and described by their names, and none is loaded for it", async () => {
  const models = [];
  for await (const model of client.models.list()) models.push(model);
  expect(models).toEqual([card("absent"), card("own")]);
  for (const { id } of models) expect(await client.models.retrieve(id)).toEqual(card(id));
});

test("the body chooses the model, whatever the default or the header", async () => {
  const ask = (headers?: Record<string, string>) =>
    client.embeddings.create({ model: "own", input: "hello" }, headers ? { headers } : {});
  const { model, data } = await ask();
  expect([model, data[0]!.embedding.length]).toEqual(["own", 384]);
  expect((await ask({ "x-model": "absent" })).data).toEqual(data);
});

test.each<[string, () => Promise<unknown>, object]>([
  [
    "a model that cannot be loaded",
    () => client.embeddings.create({ model: "absent", input: "a" }),
    { status: 503, code: "model_unavailable", type: "server_error" },
  ],
  [
    "a model that is none",
    () => client.embeddings.create({ model: "constructor", input: "a" }),
    { status: 404, code: "not_found", param: "model" },
  ],
  ["its card", () => client.models.retrieve("constructor"), { status: 404, code: "not_found", param: "model" }],
])("%s is refused", async (_what, run, expected) => {
  const error = await run().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(OpenAI.APIError);
  expect(error).toMatchObject(expected);
});

test("token ids stand for the text that they were made from, once the deployment allows them", async () => {
  const embed = async (input: string | number[] | number[][]) =>
    (await client.embeddings.create({ model: "own", input, dimensions: 16 })).data;
  const text = await embed("hello world");
  expect(await embed([7592, 2088])).toEqual(text);
  expect(await embed([[7592, 2088], [7592]])).toEqual([text[0], expect.anything()]);
  await expect(embed([99_999])).rejects.toMatchObject({ status: 422, code: "invalid_input" });
});

test("another method is refused for a model, too", async () => {
  const response = await fetch(new URL("/v1/models/own", url), { method: "DELETE" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, expect.stringContaining("GET, HEAD")]);
});
