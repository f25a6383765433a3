// /attention over HTTP in workerd with the default model.
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { LIMITS } from "../../src/tasks/limits.ts";
import { requestsTo } from "./requests.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

const { send, post, answer, refused } = requestsTo(() => worker);

interface Attention {
  readonly layer: number;
  readonly layers: number;
  readonly tokens: readonly string[];
  readonly heads: readonly (readonly (readonly number[])[])[];
}
const attend = (inputs: unknown, parameters?: object) => answer<Attention>("/attention", { inputs, parameters });

test("a text has its tokens, and a matrix of weights for each head", async () => {
  const { layer, layers, tokens, heads } = await attend("The tokenizer sleeps.", { layer: 2 });
  expect({ layer, layers }).toEqual({ layer: 2, layers: 6 });
  expect(tokens).toEqual(["[CLS]", "the", "token", "##izer", "sleeps", ".", "[SEP]"]);
  expect(heads).toHaveLength(12);
  for (const rows of heads) {
    expect(rows.map((row) => row.length)).toEqual(tokens.map(() => tokens.length));
    for (const row of rows) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
  }
});

test("layers and heads differ, and the last layer is the one when none is named", async () => {
  const inputs = "a delight";
  const [first, last, unnamed] = await Promise.all([
    attend(inputs, { layer: 0 }),
    attend(inputs, { layer: 5 }),
    attend(inputs),
  ]);
  expect(unnamed).toEqual(last);
  expect(first.heads).not.toEqual(last.heads);
  expect(first.heads[0]).not.toEqual(first.heads[1]);
});

test("a pair is read as one", async () => {
  const { tokens, heads } = await attend({ text: "who?", text_pair: "she" });
  expect(tokens).toEqual(["[CLS]", "who", "?", "[SEP]", "she", "[SEP]"]);
  expect(heads[11]![5]).toHaveLength(6);
});

test("a text may come by GET", async () => {
  const got = (await (await send("/attention?inputs=a+delight&layer=1")).json()) as Attention;
  expect(got).toEqual(await attend("a delight", { layer: 1 }));
});

test("a text of as many tokens as there may be is answered, one more is refused", async () => {
  const words = LIMITS.attention_tokens - 2;
  expect((await attend("a ".repeat(words))).tokens).toHaveLength(LIMITS.attention_tokens);
  await refused("/attention", { inputs: "a ".repeat(words + 1) }, 413, "input_too_large", "129 tokens");
});

test.each<[string, object, number, string, string]>([
  ["a layer too high", { inputs: "a", parameters: { layer: 6 } }, 422, "invalid_input", "parameters.layer: "],
  ["a layer below none", { inputs: "a", parameters: { layer: -1 } }, 422, "invalid_input", "parameters.layer: "],
  ["half a layer", { inputs: "a", parameters: { layer: 0.5 } }, 422, "invalid_input", "parameters.layer: "],
  ["a layer by name", { inputs: "a", parameters: { layer: "0" } }, 422, "invalid_input", "parameters.layer: "],
  ["another parameter", { inputs: "a", parameters: { head: "x" } }, 422, "invalid_input", "parameters.head: "],
  ["several texts", { inputs: ["a", "b"] }, 422, "invalid_input", "expected a text"],
  ["no text", {}, 422, "invalid_input", "inputs"],
  ["an empty text", { inputs: " " }, 400, "empty_input", "empty"],
  ["a lone surrogate", { inputs: "\ud800" }, 422, "invalid_input", "surrogate"],
  ["a text far too long", { inputs: "a ".repeat(1000) }, 413, "input_too_large", ""],
])("%s is refused", async (_what, body, status, error_type, part) => {
  await refused("/attention", body, status, error_type, part);
});

test("another method is told which there are", async () => {
  const response = await send("/attention", { method: "PUT" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, POST, OPTIONS"]);
});

test("a key needs the encoder for it", async () => {
  const hash = await sha256(new TextEncoder().encode("key"));
  const API_KEYS = JSON.stringify({ [hash]: { name: "a", heads: ["sentiment"] } });
  const alone = await startWorker("attention", { API_KEYS });
  try {
    const headers = { authorization: "Bearer key" };
    expect((await fetch(new URL("/attention?inputs=a", alone.url), { headers })).status).toBe(403);
  } finally {
    await alone.close();
  }
  expect((await post("/attention", { inputs: "a" })).status).toBe(200);
});
