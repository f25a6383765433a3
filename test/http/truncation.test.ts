// What was cut is said: every task that truncates counts the texts in `X-Truncated`, says so again from a cache, and refuses when asked to.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { predict } from "../../src/http/compat/tei.ts";
import { TASKS } from "../../src/tasks/index.ts";
import { readFixture } from "../fixtures.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

const model = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
const app = createApp({ model, tasks: [...TASKS, predict], env: {} });
const CONTEXT = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
const post = (path: string, body: unknown) =>
  app.request(
    path,
    { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } },
    {},
    CONTEXT,
  );

/** 602 tokens, and a few. */
const LONG = "word ".repeat(600);
const SHORT = "a short text";
const said = ({ headers }: Response) => [headers.get("x-tokens"), headers.get("x-truncated"), headers.get("x-cache")];
const pair = { text: SHORT, text_pair: LONG };

type Body = Readonly<Record<string, unknown>>;
/** A body with one long input and, if the task takes several, a short one; and the parameter that refuses. */
const TRUNCATING: Readonly<Record<string, [body: Body, refuse: Body]>> = {
  "/classify": [{ inputs: [LONG, SHORT] }, { parameters: { truncation: false } }],
  "/entities": [{ inputs: [LONG, SHORT] }, { parameters: { truncation: false } }],
  "/fill-mask": [{ inputs: [`[MASK] ${LONG}`, "[MASK]"] }, { parameters: { truncation: false } }],
  "/next-sentence": [{ inputs: [pair] }, { parameters: { truncation: false } }],
  "/choose": [{ inputs: { prompt: LONG, choices: [SHORT] } }, { parameters: { truncation: false } }],
  "/pretraining": [{ inputs: { text: "[MASK]", text_pair: LONG } }, { parameters: { truncation: false } }],
  "/zero-shot": [
    { inputs: LONG, parameters: { candidate_labels: ["a", "b"] } },
    { parameters: { candidate_labels: ["a", "b"], truncation: false } },
  ],
  "/understand": [{ inputs: [LONG, SHORT] }, { parameters: { truncation: false } }],
  "/embed": [{ inputs: [LONG, SHORT] }, { truncate: false }],
  "/embed_all": [{ inputs: [LONG, SHORT] }, { truncate: false }],
  "/rerank": [{ query: SHORT, texts: [LONG, SHORT] }, { truncate: false }],
  "/similarity": [{ inputs: { source_sentence: SHORT, sentences: [LONG] } }, { parameters: { truncate: false } }],
  "/predict": [{ inputs: [[LONG], [SHORT]] }, { truncate: false }],
};
/** Tasks that cut nothing: they read windows, or refuse what is too long, or do not run the model. */
const WHOLE = ["/answer", "/generate", "/tokenize", "/decode", "/attention"];

test("every task is in one of the two lists", () => {
  const paths = [...TASKS, predict].map(({ path }) => path);
  expect([...Object.keys(TRUNCATING), ...WHOLE].toSorted()).toEqual(paths.toSorted());
});

describe.each(Object.entries(TRUNCATING))("%s", (path, [body, refuse]) => {
  test("says how many texts were truncated, and says it again from the cache", async () => {
    const first = await post(path, body);
    expect(first.status, await first.clone().text()).toBe(200);
    const [tokens, truncated, cache] = said(first);
    expect([truncated, cache]).toEqual(["1", "MISS"]);
    expect(Number(tokens)).toBeGreaterThanOrEqual(512);
    const again = said(await post(path, body));
    expect(again.slice(0, 2)).toEqual([tokens, "1"]);
    // Token vectors are too large for the isolate's cache.
    if (path !== "/embed_all") expect(again[2]).toBe("HIT");
  });

  test("refuses to truncate when asked to", async () => {
    const response = await post(path, { ...body, ...refuse });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      error: expect.stringMatching(/^text \d+ has \d+ tokens, the model takes 512$/),
      error_type: "input_too_large",
    });
    expect(response.headers.get("x-truncated")).toBeNull();
  });
});

test("a text that fits exactly is not called truncated", async () => {
  const fits = "word ".repeat(510);
  expect(said(await post("/classify", { inputs: fits }))).toEqual(["512", "0", "MISS"]);
  expect(said(await post("/classify", { inputs: `${fits} \n ` })).slice(0, 2)).toEqual(["512", "0"]);
  expect(said(await post("/classify", { inputs: `${fits}word` })).slice(0, 2)).toEqual(["512", "1"]);
});

test("a text read in windows to its end is not called truncated", async () => {
  expect(said(await post("/entities", { inputs: LONG, parameters: { stride: 16 } }))[1]).toBe("0");
  const answered = await post("/answer", { inputs: { question: "who?", context: LONG } });
  expect([answered.status, said(answered)[1]]).toEqual([200, "0"]);
});

test("a question that was cut to leave room for its passage is called truncated", async () => {
  const answered = await post("/answer", { inputs: { question: LONG, context: LONG } });
  expect([answered.status, said(answered)[1]]).toEqual([200, "1"]);
});

test("a GET says it, too", async () => {
  const response = await app.request(`/classify?inputs=${LONG.replaceAll(" ", "+")}`, {}, {}, CONTEXT);
  expect(said(response).slice(0, 2)).toEqual(["512", "1"]);
});

test("an understood query says it in the body", async () => {
  const [long, short] = (await (await post("/understand", { inputs: [LONG, SHORT] })).json()) as [object, object];
  expect([long, short]).toMatchObject([{ truncated: true }, {}]);
  expect(short).not.toHaveProperty("truncated");
});

test("pages of other origins may read it", async () => {
  const response = await app.request("/health", { headers: { origin: "https://example.com" } });
  expect(response.headers.get("access-control-expose-headers")).toMatch(/X-Tokens,X-Truncated/);
});
