// What happens to a webhook before its body is read: nothing is read that has no signature, and its sender is counted.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { createTagging } from "../../src/webhooks/tagging.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

const source = (scheme: string) => ({ scheme, secrets: "A", text: "$.text", tags: { sentiment: 0.5 } });
const bindings = {
  DELIVERIES: {},
  A: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  TAGGING: {
    sources: {
      "standard-webhooks": source("standard-webhooks"),
      github: source("github"),
      slack: source("slack"),
      stripe: source("stripe"),
    },
  },
};

function service(answers: boolean[] = []) {
  const limit = vi.fn(async (_options: { key: string }) => ({ success: answers.shift() ?? true }));
  const env = { ...bindings, RATE_LIMITER: { limit } };
  const app = createApp({
    model: () => Promise.reject(new Error("not needed")),
    groups: createTagging(env).groups,
    env,
  });
  let reads = 0;
  const send = async (name: string, headers: Record<string, string>) => {
    const body = new ReadableStream(
      {
        pull(controller) {
          reads++;
          controller.enqueue(new TextEncoder().encode('{"text":"a"}'));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: "POST", body, duplex: "half", headers: { "cf-connecting-ip": "192.0.2.1", ...headers } };
    const response = await app.request(`/tag/${name}`, init as RequestInit);
    return [response.status, ((await response.json()) as { error_type: string }).error_type];
  };
  return { send, limit, reads: () => reads };
}

const STALE = String(Math.floor(Date.now() / 1000) - 301);
const HEX = "0".repeat(64);

describe("a request is refused without reading its body", () => {
  test.each<[string, Record<string, string>]>([
    ["standard-webhooks", {}],
    ["standard-webhooks", { "webhook-id": "a", "webhook-signature": "v1,x" }],
    ["standard-webhooks", { "webhook-id": "a", "webhook-signature": "v1,x", "webhook-timestamp": STALE }],
    ["github", {}],
    ["github", { "x-hub-signature-256": "sha256=" }],
    ["slack", { "x-slack-signature": `v0=${HEX}` }],
    ["slack", { "x-slack-signature": `v0=${HEX}`, "x-slack-request-timestamp": STALE }],
    ["stripe", { "stripe-signature": `v1=${HEX}` }],
  ])("by %s, with the headers %o", async (name, headers) => {
    const { send, limit, reads } = service();
    expect(await send(name, headers)).toEqual([401, "invalid_signature"]);
    expect(reads()).toBe(0);
    expect(limit.mock.calls).toEqual([[{ key: "address 192.0.2.1" }]]);
  });
});

test("a request whose signature is wrong is counted by its address, and refused past the limit", async () => {
  const { send, limit } = service([true, false]);
  const headers = { "x-hub-signature-256": `sha256=${HEX}` };
  expect(await send("github", headers)).toEqual([401, "invalid_signature"]);
  expect(await send("github", headers)).toEqual([429, "too_many_requests"]);
  expect(limit).toHaveBeenCalledTimes(2);
});
