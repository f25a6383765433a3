// Dead letters over HTTP, in workerd, with real Durable Objects and Queues: given up, listed, sent again, forgotten.
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createTestHarness } from "wrangler";
import { sha256 } from "../../src/digest.ts";
import { signWebhook } from "../../src/webhooks/signatures.ts";
import { startWorker } from "../functions/worker.ts";
import { Receiver } from "./receiver.ts";

const SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
// Of wrangler.toml.
const MAX_RETRIES = 8;
const hashOf = (key: string) => sha256(new TextEncoder().encode(key));

let receiver: Receiver;
let harness: ReturnType<typeof createTestHarness>;
let url: URL;
beforeAll(async () => {
  receiver = await Receiver.start();
  const source = {
    scheme: "standard-webhooks",
    secrets: "SECRET",
    text: "$.text",
    tags: { sentiment: 0.6 },
    callback: { url: receiver.address("/failing"), secret: "SECRET", retry_seconds: 0 },
  };
  const API_KEYS = {
    [await hashOf("operator")]: { name: "operator", operator: true },
    [await hashOf("other")]: { name: "other" },
  };
  const vars = { TAGGING: { sources: { failing: source } }, API_KEYS: JSON.stringify(API_KEYS) };
  harness = createTestHarness({
    workers: [{ configPath: "./functions/wrangler.toml", env: "tag", vars, secrets: { SECRET } }],
  });
  ({ url } = await harness.listen());
});
afterAll(async () => {
  await harness.close();
  receiver.close();
});

interface Letter {
  readonly id: string;
  readonly delivery: string;
}
interface Page {
  readonly dead_letters: readonly Letter[];
  readonly next: number | null;
}
const ask = (path: string, { key = "operator", method = "GET" } = {}) =>
  fetch(new URL(path, url), { method, headers: key ? { authorization: `Bearer ${key}` } : {} });
const list = async (query = "") => (await (await ask(`/dead-letters${query}`)).json()) as Page;
const replay = (id: string, key?: string) => ask(`/dead-letters/${id}/replay`, { method: "POST", ...(key && { key }) });
const refusal = async (response: Response) => [
  response.status,
  ((await response.json()) as { error_type: string }).error_type,
];

const DELIVERIES = ["msg_one", "msg_two", "msg_three"];

describe("tags that no callback takes", () => {
  test("are kept, each once, in the order in which they were given up", async () => {
    receiver.statuses.set("/failing", 503);
    for (const id of DELIVERIES) {
      const body = JSON.stringify({ text: `A wonderful delight for ${id}` });
      const response = await fetch(new URL("/tag/failing", url), {
        method: "POST",
        body,
        headers: signWebhook(SECRET, id, body),
      });
      expect(await response.json()).toMatchObject({ queued: true });
    }
    await vi.waitFor(async () => expect((await list()).dead_letters).toHaveLength(3), {
      timeout: 50_000,
      interval: 500,
    });
    const { dead_letters, next } = await list();
    expect(next).toBeNull();
    expect(dead_letters.map(({ delivery }) => delivery).toSorted()).toEqual(DELIVERIES.toSorted());
    expect(dead_letters[0]).toEqual({
      id: expect.stringMatching(/^tags_[0-9a-f]{32}$/),
      source: "failing",
      delivery: expect.any(String),
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      failed_at: expect.stringMatching(/^\d{4}-.*Z$/),
      tags: { sentiment: [{ label: "POSITIVE", score: expect.any(Number) }] },
    });
    expect(receiver.on("/failing")).toHaveLength(DELIVERIES.length * (1 + MAX_RETRIES));
  });

  test("are listed a page at a time", async () => {
    const all = (await list()).dead_letters;
    const first = await list("?limit=2");
    expect(first.dead_letters).toEqual(all.slice(0, 2));
    expect(await list(`?limit=2&after=${first.next}`)).toEqual({ dead_letters: all.slice(2), next: null });
    expect((await ask("/dead-letters")).headers.get("cache-control")).toBe("no-store");
  });

  test("are there after a restart", async () => {
    const before = await list();
    await harness.update((options) => options);
    ({ url } = await harness.listen());
    expect(await list()).toEqual(before);
  });

  test("come back when they are sent again in vain", async () => {
    const [{ id, delivery }] = (await list()).dead_letters as [Letter];
    expect(await (await replay(id)).json()).toEqual({ id, queued: true });
    await vi.waitFor(async () => expect((await list()).dead_letters.at(-1)).toMatchObject({ id, delivery }), {
      timeout: 50_000,
      interval: 500,
    });
    expect((await list()).dead_letters).toHaveLength(3);
  });

  test("reach the callback when it works again, under the identifier that they had, and are gone", async () => {
    receiver.statuses.delete("/failing");
    const [{ id, delivery }] = (await list()).dead_letters as [Letter];
    const before = receiver.on("/failing").length;
    expect(await (await replay(id)).json()).toEqual({ id, queued: true });
    await vi.waitFor(() => expect(receiver.on("/failing")).toHaveLength(before + 1), { timeout: 20_000 });
    const { body, headers } = receiver.on("/failing").at(-1)!;
    expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({ data: { delivery } });
    expect(headers["webhook-id"]).toBe(id);
    expect((await list()).dead_letters.map((letter) => letter.id)).not.toContain(id);
    expect(await refusal(await replay(id))).toEqual([404, "not_found"]);
  });
});

describe("refused is", () => {
  test.each<[string, () => Promise<Response>, number, string]>([
    ["a list without a key", () => ask("/dead-letters", { key: "" }), 401, "unauthorized"],
    ["a list for another key", () => ask("/dead-letters", { key: "other" }), 403, "forbidden"],
    ["sending again without a key", () => replay("x", " "), 401, "unauthorized"],
    ["sending again for another key", () => replay("x", "other"), 403, "forbidden"],
    ["sending again what is not there", () => replay("constructor"), 404, "not_found"],
    ["an identifier that is SQL", () => replay("' OR 1=1 --"), 404, "not_found"],
    ["a page too long", () => ask("/dead-letters?limit=101"), 422, "invalid_input"],
    ["a page of none", () => ask("/dead-letters?limit=0"), 422, "invalid_input"],
    ["a place that is none", () => ask("/dead-letters?after=x"), 422, "invalid_input"],
    ["a parameter that is none", () => ask("/dead-letters?all=true"), 422, "invalid_input"],
    ["another method", () => ask("/dead-letters", { method: "DELETE" }), 405, "method_not_allowed"],
    ["a GET that would send", () => ask("/dead-letters/x/replay"), 405, "method_not_allowed"],
  ])("%s", async (_what, send, status, error_type) => {
    expect(await refusal(await send())).toEqual([status, error_type]);
  });

  test("everybody where no keys are set up", async () => {
    const open = await startWorker("tag");
    try {
      expect(await refusal(await fetch(new URL("/dead-letters", open.url)))).toEqual([403, "forbidden"]);
      const sent = await fetch(new URL("/dead-letters/x/replay", open.url), { method: "POST" });
      expect(await refusal(sent)).toEqual([403, "forbidden"]);
    } finally {
      await open.close();
    }
  });
});

test("a letter is forgotten after its time, and no other", async () => {
  const small = createTestHarness({
    workers: [
      {
        config: {
          name: "letters",
          main: "test/webhooks/dead-letters-worker.ts",
          compatibility_date: "2026-10-01",
          durable_objects: { bindings: [{ name: "DEAD_LETTERS", class_name: "DeadLetters" }] },
          migrations: [{ tag: "v1", new_sqlite_classes: ["DeadLetters"] }],
        },
      },
    ],
  });
  try {
    const { url } = await small.listen();
    const ids = async () => ((await (await fetch(url)).json()) as Page).dead_letters.map(({ id }) => id);
    for (const [id, milliseconds] of [
      ["long", 600_000],
      ["short", 5000],
      ["long", 600_000],
    ])
      await fetch(new URL(`/?keep=${id}&milliseconds=${milliseconds}`, url));
    expect(await ids()).toEqual(["short", "long"]);
    await vi.waitFor(async () => expect(await ids()).toEqual(["long"]), { timeout: 30_000, interval: 200 });
  } finally {
    await small.close();
  }
});
