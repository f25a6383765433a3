// The consumer of tags: each message is acknowledged or retried by itself, and a receiver that does not answer holds up no other.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type QueuedMessage, TagDeliverer } from "../../src/webhooks/callback.ts";
import { readSources } from "../../src/webhooks/settings.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const callback = (name: string) => ({
  url: `https://${name}.example/`,
  secret: "A",
  retry_seconds: 3,
  timeout_seconds: 1,
});
const source = (name: string) => ({
  scheme: "standard-webhooks",
  secrets: "A",
  text: "$.text",
  tags: { sentiment: 0.5 },
  callback: callback(name),
});
const sources = readSources({
  DELIVERIES: {},
  TAGS: {},
  DEAD_LETTERS: {},
  A: SECRET,
  TAGGING: { sources: { fine: source("fine"), hanging: source("hanging"), failing: source("failing") } },
});

/** Requests by host. `hanging` answers only when its request is aborted. */
const asked: string[] = [];
beforeEach(() => {
  asked.length = 0;
  outcomes.length = 0;
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubGlobal("fetch", async (url: string, { signal }: { signal: AbortSignal }) => {
    const { hostname } = new URL(url);
    asked.push(hostname);
    if (hostname === "failing.example") return new Response(null, { status: 500 });
    if (hostname === "fine.example") return new Response(null, { status: 204 });
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const outcomes: string[] = [];
const message = (source: string, attempts = 1): QueuedMessage => ({
  body: { id: "tags_1", source, delivery: "d", timestamp: "2026-01-01T00:00:00.000Z", tags: { sentiment: [] } },
  attempts,
  ack: () => void outcomes.push(`${source} delivered`),
  retry: ({ delaySeconds }) => void outcomes.push(`${source} again in ${delaySeconds}`),
});
const batch = (...names: string[]) => ({ queue: "tags", messages: names.map((name) => message(name)) });

test("a message is acknowledged as soon as it is delivered, beside one that hangs", async () => {
  await new TagDeliverer(sources).deliver(batch("hanging", "fine", "failing"));
  expect(outcomes.toSorted()).toEqual(["failing again in 3", "fine delivered", "hanging again in 3"]);
  expect(outcomes.at(-1)).toBe("hanging again in 3");
});

test("a receiver that did not answer in time is not asked again at once, so that the next batch does not wait for it", async () => {
  const deliverer = new TagDeliverer(sources);
  await deliverer.deliver(batch("hanging", "hanging"));
  expect(asked).toEqual(["hanging.example", "hanging.example"]);
  await deliverer.deliver(batch("hanging", "hanging", "hanging", "fine"));
  expect(asked.slice(2)).toEqual(["fine.example"]);
  expect(outcomes.filter((outcome) => outcome.startsWith("hanging"))).toEqual(Array(5).fill("hanging again in 3"));
  expect(outcomes).toContain("fine delivered");
});

test("a receiver that was left alone is asked again after its time", async () => {
  const deliverer = new TagDeliverer(sources);
  await deliverer.deliver(batch("hanging"));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1001 });
  await deliverer.deliver(batch("hanging"));
  vi.useRealTimers();
  expect(asked).toEqual(["hanging.example", "hanging.example"]);
});

test("a receiver that answers with an error is asked each time", async () => {
  const deliverer = new TagDeliverer(sources);
  for (let i = 0; i < 3; i++) await deliverer.deliver(batch("failing"));
  expect(asked).toHaveLength(3);
});

test("the delay doubles with each attempt", async () => {
  const messages = [1, 2, 3, 30].map((attempts) => message("failing", attempts));
  await new TagDeliverer(sources).deliver({ queue: "tags", messages });
  expect(outcomes).toEqual([3, 6, 12, 43_200].map((seconds) => `failing again in ${seconds}`));
});

test("a message that is not one of ours, or whose source has no callback, is retried and breaks nothing", async () => {
  const strange: QueuedMessage = { ...message("fine"), body: { source: "fine", more: 1 } };
  await new TagDeliverer(sources).deliver({ queue: "tags", messages: [strange, message("unknown"), message("fine")] });
  expect(outcomes.toSorted()).toEqual(["fine again in 3", "fine delivered", "unknown again in 10"]);
});
