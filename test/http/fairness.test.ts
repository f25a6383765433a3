// Requests of different size at the same time, by the routes of an app.
import { beforeAll, expect, test, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { classify } from "../../src/tasks/classify.ts";
import { embedAll } from "../../src/tasks/embed.ts";
import { readFixture } from "../fixtures.ts";

const model = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
const app = createApp({ model, tasks: [classify, embedAll], env: {} });
beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  await post("/classify", { inputs: "loads the model" });
});

const post = (path: string, body: object, signal?: AbortSignal) => {
  const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return Promise.resolve(app.fetch(new Request(`http://app${path}`, { ...init, ...(signal && { signal }) })));
};
const long = (words: number, count: number) =>
  Array.from({ length: count }, (_, index) => `${index} ${"word ".repeat(words)}`);

test.each([
  ["many texts", long(100, 8)],
  ["one long text", long(500, 1)],
])("a small request passes a large one of %s", async (_, inputs) => {
  const order: string[] = [];
  const large = post("/classify", { inputs }).then(() => order.push("large"));
  await new Promise((done) => setTimeout(done, 0));
  const small = post("/classify", { inputs: `small beside ${inputs.length}` }).then(() => order.push("small"));
  await Promise.all([large, small]);
  expect(order).toEqual(["small", "large"]);
});

test("a request whose client goes away stops, says so in the log, and leaves its place", async () => {
  const lines = vi.spyOn(console, "log").mockImplementation(() => {});
  const abort = new AbortController();
  const asked = post("/classify", { inputs: long(100, 30) }, abort.signal);
  setTimeout(() => abort.abort(), 0);
  expect((await asked).status).toBe(499);
  expect(lines.mock.calls.some(([line]) => String(line).includes('"error_type":"cancelled"'))).toBe(true);
  expect((await post("/classify", { inputs: "after it" })).status).toBe(200);
});

test("an answer of megabytes comes in pieces, and is kept nowhere", async () => {
  const body = { inputs: long(480, 1) };
  const [first, again] = [await post("/embed_all", body), await post("/embed_all", body)];
  expect([first.headers.get("x-cache"), again.headers.get("x-cache")]).toEqual(["MISS", "MISS"]);
  expect(first.headers.get("x-tokens")).toBe("483");
  const read = async (response: Response) => (await response.json()) as number[][][];
  const vectors = await read(first);
  expect(vectors.map((text) => [text.length, text[0]!.length])).toEqual([[483, 384]]);
  expect(await read(again)).toEqual(vectors);
});
