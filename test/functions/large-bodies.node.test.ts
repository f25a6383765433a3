// Bodies within the limit of bytes that would still cost a Worker seconds or gigabytes, over HTTP in workerd with the default model: each is
// refused for what it is, and the isolate goes on.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/tasks/limits.ts";
import { requestsTo } from "./requests.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(async () => {
  const answer = await fetch(new URL("/classify?inputs=still+here", worker.url));
  await worker.close();
  expect(answer.status).toBe(200);
});

const { send, refused } = requestsTo(() => worker);
const HEADERS = { "content-type": "application/json" };
const raw = async (path: string, body: BodyInit, init: object = {}) => {
  const response = await send(path, { method: "POST", headers: HEADERS, body, ...init });
  return { status: response.status, ...((await response.json()) as object) };
};
const body = (value: unknown) => ({ method: "POST", headers: HEADERS, body: JSON.stringify(value) });
const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

describe("JSON that is nested deeply", () => {
  test.each([
    ["a list", nested("[", "]", 500_000)],
    ["inputs", `{"inputs":${nested("[", "]", 500_000)}}`],
    ["parameters", `{"inputs":"a","parameters":${nested('{"a":', "}", 150_000).replace(":}", ":1}")}}`],
  ])("as %s is 422", async (_what, body) => {
    for (const path of ["/classify", "/models/sentiment"])
      expect(await raw(path, body)).toMatchObject({ status: 422, error_type: "invalid_input" });
  });

  test("and never closed is 400", async () => {
    expect(await raw("/classify", "[".repeat(1_000_000))).toMatchObject({ status: 400, error_type: "invalid_json" });
  });
});

describe("names that every object has", () => {
  test.each([
    ["/classify", '{"inputs":"a","parameters":{"__proto__":{"head":"emotion"}}}'],
    ["/classify", '{"inputs":"a","parameters":{"constructor":1}}'],
    ["/embed", '{"inputs":"a","__proto__":{"normalize":false}}'],
    ["/understand", '{"inputs":"a","parameters":{"heads":{"__proto__":{"intent":"emotion"}}}}'],
    ["/pretraining", '{"inputs":{"text":"a","text_pair":"b","__proto__":{}}}'],
  ])("are no fields: %s %s", async (path, body) => {
    expect(await raw(path, body)).toMatchObject({ status: 422, error_type: "invalid_input" });
  });

  test.each(["/pipeline/__proto__", "/pipeline/constructor", "/models/__proto__", "/models/toString"])(
    "are no routes: %s",
    async (path) => {
      expect(await raw(path, '{"inputs":"a"}')).toMatchObject({ status: 404, error_type: "not_found" });
    },
  );

  test("are no models, heads or functions", async () => {
    const named = await raw("/classify", '{"inputs":"a"}', { headers: { ...HEADERS, "x-model": "__proto__" } });
    expect(named).toMatchObject({ status: 404 });
    await refused("/classify", { inputs: "a", parameters: { head: "constructor" } }, 404, "not_found");
    await refused("/classify", { inputs: "a", parameters: { function_to_apply: "toString" } }, 422, "invalid_input");
  });
});

test("addresses that cannot be decoded are 404", async () => {
  for (const path of ["/models/%ff", "/models/%", "/pipeline/%E0%A4%A"])
    expect(await raw(path, '{"inputs":"a"}')).toMatchObject({ status: 404 });
});

describe("lists of very many", () => {
  test("wrong things are refused at the first", async () => {
    const wrong = Array(500_000).fill(1);
    await refused("/classify", { inputs: wrong }, 422, "invalid_input", "inputs: ");
    await refused("/answer", { inputs: wrong }, 422, "invalid_input", "inputs: ");
  });

  test("token ids are counted before they are looked at", async () => {
    // No token has this one: whoever looks first says so.
    const rows = Array(100_000).fill([30_522]);
    await refused("/embed", { inputs: rows }, 413, "input_too_large", "100000 texts");
    await refused("/embed_all", { inputs: rows }, 413, "input_too_large", "100000 texts");
    await refused("/decode", { ids: rows }, 413, "input_too_large", "100000 texts");
    const ids = Array(LIMITS.batch_tokens + 1).fill(30_522);
    await refused("/decode", { ids }, 413, "input_too_large", "tokens");
  });
});

test("a body of unknown length is held to the limit, too", async () => {
  let left = 32;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(65_536).fill(32)) : controller.close()),
  });
  const init = { method: "POST", headers: HEADERS, body, duplex: "half" };
  expect((await send("/classify", init as RequestInit)).status).toBe(413);
});

describe("short bodies with large answers", () => {
  test("windows that share nearly all of their tokens are refused as soon as they are too many", async () => {
    const question = { question: "a", context: "a ".repeat(32_700) };
    const parameters = { max_seq_len: 133, doc_stride: 128 };
    await refused(
      "/answer",
      { inputs: Array(14).fill(question), parameters },
      413,
      "input_too_large",
      "tokens, the limit is 16384",
    );
    // A question that leaves no room is cut, to 64 tokens or as many as the request says.
    const long = { question: "b ".repeat(400), context: "a ".repeat(16_000) };
    await refused("/answer", { inputs: long }, 413, "input_too_large", "the limit is 16384");
  });

  test("a window budget is exact: one token more is too many", async () => {
    // 64 tokens a window, 59 of them the passage's, 27 shared: each further window brings 32 tokens and repeats 32.
    const parameters = { max_seq_len: 64, doc_stride: 27 };
    const inputs = (windows: number, more = 0) => ({
      question: "b b",
      context: "a ".repeat(59 + 32 * (windows - 1) + more),
    });
    const windows = LIMITS.batch_tokens / 64;
    expect((await send("/answer", body({ inputs: inputs(windows), parameters }))).status).toBe(200);
    await refused(
      "/answer",
      { inputs: inputs(windows, 1), parameters },
      413,
      "input_too_large",
      "at least 16417 tokens",
    );
  });

  test("windows that cannot advance are refused for what they are", async () => {
    const inputs = { question: "a", context: "a ".repeat(200) };
    await refused(
      "/answer",
      { inputs, parameters: { max_seq_len: 32, doc_stride: 30 } },
      422,
      "invalid_input",
      "tride",
    );
  });

  test("sentences for labels are measured before they are made", async () => {
    const zeroShot = (label: string, hypothesis_template: string) => ({
      inputs: "a",
      parameters: { candidate_labels: ["b", label], hypothesis_template },
    });
    await refused("/zero-shot", zeroShot("x".repeat(60_000), "{}".repeat(100_000)), 413, "input_too_large", "template");
    await refused("/zero-shot", zeroShot("x", `{}${" é".repeat(40_000)}`), 413, "input_too_large", "template");
    expect((await send("/zero-shot", body(zeroShot("x", "{} and {}")))).status).toBe(200);
  });

  test("masks and the texts that they are told with are counted before they are filled", async () => {
    const masks = (count: number) => "[MASK] ".repeat(count);
    await refused("/fill-mask", { inputs: masks(LIMITS.masks + 1) }, 413, "input_too_large", "129 masks");
    await refused("/fill-mask", { inputs: Array(129).fill("[MASK]") }, 413, "input_too_large", "129 texts");
    const many = { inputs: `${masks(100)}${"a ".repeat(300)}`, parameters: { top_k: 100 } };
    await refused("/fill-mask", many, 413, "input_too_large", "4020000 tokens");
    expect((await send("/fill-mask", body({ inputs: masks(LIMITS.masks), parameters: { top_k: 1 } }))).status).toBe(
      200,
    );
    const pair = { text: masks(LIMITS.masks), text_pair: "[MASK]" };
    await refused("/pretraining", { inputs: pair }, 413, "input_too_large", "129 masks");
    await refused("/pretraining", { inputs: { ...pair, text: "a" }, parameters: { top_k: 101 } }, 422, "invalid_input");
  });
});
