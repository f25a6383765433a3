// The consumer of the dead-letter queue by itself: what it keeps, what it drops, and what it leaves in the queue.
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from "vitest";
import type { TagMessage } from "../../src/webhooks/callback.ts";
import type { DeadLettersNamespace } from "../../src/webhooks/dead-letters.ts";
import { keepDeadLetters } from "../../src/webhooks/replay.ts";

const message = {
  id: "tags_1",
  source: "reviews",
  delivery: "msg_1",
  timestamp: "now",
  tags: { entities: ["Berlin"] },
};
const batch = (...bodies: readonly unknown[]) => ({
  queue: "tags-dead",
  messages: bodies.map((body) => ({ body, attempts: 1, ack: () => {}, retry: () => {} })),
});
const namespace = (keep: (messages: readonly TagMessage[]) => Promise<void>) =>
  ({ getByName: () => ({ keep }) }) as unknown as DeadLettersNamespace;

let log: MockInstance<typeof console.error>;
beforeEach(() => {
  log = vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => log.mockRestore());

test("messages are kept and told of in the log, without their tags", async () => {
  const keep = vi.fn(async () => {});
  await keepDeadLetters(batch(message, { ...message, id: "tags_2" }), namespace(keep));
  expect(keep).toHaveBeenCalledWith([message, { ...message, id: "tags_2" }], expect.any(Number));
  expect(JSON.parse(log.mock.calls[0]![0])).toEqual({
    dead_letter: "tags_1",
    source: "reviews",
    delivery: "msg_1",
    kept: true,
  });
  expect(log.mock.calls.join()).not.toContain("Berlin");
});

test.each([undefined, null, "text", {}, { ...message, more: 1 }])(
  "%o is none of ours and holds up no other",
  async (body) => {
    const keep = vi.fn(async () => {});
    await keepDeadLetters(batch(body, message), namespace(keep));
    expect(keep).toHaveBeenCalledWith([message], expect.any(Number));
    expect(JSON.parse(log.mock.calls[0]![0])).toMatchObject({ dead_letter: null, kept: false });
  },
);

test("what cannot be kept now stays in the queue", async () => {
  const failing = namespace(async () => Promise.reject(new Error("not now")));
  await expect(keepDeadLetters(batch(message), failing)).rejects.toThrow("not now");
});
