// Pages of other origins in front of a Worker that names some: preflights, answers, errors; and a Worker that names none rightly.
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { requestsTo } from "./requests.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

const ALLOWED = "https://allowed.example";
const OTHER = "https://other.example";

let worker: RunningWorker;
beforeAll(async () => {
  const API_KEYS = { [await sha256(new TextEncoder().encode("key"))]: { name: "page" } };
  worker = await startWorker("tokenize", {
    CORS_ORIGINS: `https://first.example ${ALLOWED}`,
    API_KEYS: JSON.stringify(API_KEYS),
  });
});
afterAll(() => worker.close());

const { send } = requestsTo(() => worker);
const preflight = (origin: string) =>
  send("/tokenize", {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,authorization",
    },
  });
const ask = (origin: string, key = "key") =>
  send("/tokenize?inputs=a", { headers: { origin, authorization: `Bearer ${key}` } });
const allowed = (response: Response) => response.headers.get("access-control-allow-origin");

test("a page that may ask is told so before it does, without a key", async () => {
  const response = await preflight(ALLOWED);
  expect([response.status, allowed(response)]).toEqual([204, ALLOWED]);
  expect(response.headers.get("access-control-allow-headers")).toBe("content-type,authorization");
  expect(response.headers.get("access-control-allow-methods")).toContain("POST");
  expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  expect(response.headers.get("vary")).toContain("Origin");
});

test.each([OTHER, `${ALLOWED}.evil.example`, "https://sub.allowed.example", "http://allowed.example", "null"])(
  "%s gets no such header, neither before nor after",
  async (origin) => {
    expect(allowed(await preflight(origin))).toBeNull();
    const response = await ask(origin);
    expect([response.status, allowed(response)]).toEqual([200, null]);
  },
);

test("answers and errors may be read, and caches keep them apart", async () => {
  const answer = await ask(ALLOWED);
  expect([answer.status, allowed(answer)]).toEqual([200, ALLOWED]);
  expect(answer.headers.get("vary")).toContain("Origin");
  expect((await ask(OTHER)).headers.get("vary")).toContain("Origin");
  const refused = await ask(ALLOWED, "another");
  expect([refused.status, allowed(refused)]).toEqual([401, ALLOWED]);
});

test("what is no origin stops the Worker at its start", async () => {
  await expect(startWorker("tokenize", { CORS_ORIGINS: "https://example.com/" })).rejects.toThrow(/CORS_ORIGINS: /);
});
