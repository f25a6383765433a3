// The tagging Worker is killed (SIGKILL, the whole process) while deliveries come in and tags go out, and started again over the same storage:
// nothing that was taken is lost. Senders repeat what had no answer, as webhooks' do; the queue outlives the process, as Cloudflare's does.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { signWebhook } from "../../src/webhooks/signatures.ts";
import { Receiver } from "../webhooks/receiver.ts";
import { type Bundle, bundle, type Deployed, start } from "./deployed.ts";
import { KeptQueue } from "./kept-queue.ts";

const SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const DELIVERIES = 200;
const SENDERS = 4;
const PATIENCE = { timeout: 60_000, interval: 10 };

let receiver: Receiver;
let queue: KeptQueue;
let storage: string;
let packed: Bundle;
let door: string;
let worker: Deployed;
beforeAll(async () => {
  receiver = await Receiver.start();
  queue = await KeptQueue.start(() => worker.besides[0]!);
  storage = await mkdtemp(join(tmpdir(), "bertlet-kill-"));
  packed = await bundle("tag");
  door = await script("test/load/queue-worker.ts");
  worker = await restart();
});
afterAll(async () => {
  queue.close();
  await worker.close();
  receiver.close();
  await rm(storage, { recursive: true });
});

async function script(path: string): Promise<string> {
  const external = ["cloudflare:workers"];
  const { outputFiles } = await build({ entryPoints: [path], bundle: true, write: false, format: "esm", external });
  return outputFiles[0]!.text;
}

/** The Worker of env.tag in functions/wrangler.toml, but for the queue at its binding TAGS. */
function restart(): Promise<Deployed> {
  const reviews = {
    scheme: "standard-webhooks",
    secrets: ["REVIEWS"],
    text: "$.text",
    tags: { sentiment: 0.5 },
    callback: { url: receiver.address("/tags"), secret: "REVIEWS", retry_seconds: 0 },
  };
  return start(packed, {
    vars: { TAGGING: { sources: { reviews } }, REVIEWS: SECRET },
    persistTo: storage,
    overrides: { queueProducers: {}, queueConsumers: {}, serviceBindings: { TAGS: "queue" } },
    beside: [
      {
        name: "queue",
        modules: [{ type: "ESModule", path: "queue.js", contents: door }],
        compatibilityDate: "2026-10-01",
        compatibilityFlags: ["service_binding_extra_handlers"],
        serviceBindings: { CONSUMER: "tag" },
        bindings: { KEEP: queue.address },
      },
    ],
  });
}

/** A delivery's answer, and how often it was sent for it. */
interface Sent {
  readonly attempts: number;
  readonly answer: unknown;
}

/** Sends until it is answered, as webhooks' senders do. */
async function send(id: string): Promise<Sent> {
  for (let attempts = 1; ; attempts++) {
    const body = JSON.stringify({ text: `the staff at counter ${id} were wonderful` });
    const headers = { ...signWebhook(SECRET, id, body) };
    const response = await fetch(new URL("/tag/reviews", worker.url), { method: "POST", body, headers }).catch(
      () => {},
    );
    if (response?.ok) return { attempts, answer: (await response.json()) as unknown };
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** Sends them all, some at a time; `sent` fills as they are answered. */
async function sendAll(ids: readonly string[], sent: Map<string, Sent>): Promise<void> {
  const rest = ids.values();
  const sendOn = async () => {
    for (const id of rest) sent.set(id, await send(id));
  };
  await Promise.all(Array.from({ length: SENDERS }, sendOn));
}

test("a worker killed in the middle loses no delivery", async () => {
  receiver.statuses.set("/tags", 503);
  const ids = Array.from({ length: DELIVERIES }, () => `msg_${crypto.randomUUID()}`);
  const sent = new Map<string, Sent>();
  const sending = sendAll(ids, sent);
  // Some have been answered, others not, and callbacks are being tried.
  await vi.waitFor(() => {
    expect(sent.size).toBeGreaterThan(10);
    expect(receiver.received.length).toBeGreaterThan(0);
  }, PATIENCE);
  const answered = sent.size;
  await worker.kill();
  expect(answered).toBeLessThan(DELIVERIES);
  expect(queue.waiting).toBeGreaterThanOrEqual(answered);

  receiver.statuses.delete("/tags");
  const refused = receiver.received.length;
  worker = await restart();
  await sending;
  for (const id of ids) expect(sent.get(id)?.answer).toEqual({ id, source: "reviews", queued: true });
  expect([...sent.values()].some(({ attempts }) => attempts > 1)).toBe(true);
  await vi.waitFor(() => expect(queue.waiting).toBe(0), PATIENCE);

  const taken = receiver.received.slice(refused).map(({ body, headers }) => ({
    delivery: (JSON.parse(body) as { data: { delivery: string } }).data.delivery,
    webhookId: headers["webhook-id"],
  }));
  expect(new Set(taken.map(({ delivery }) => delivery))).toEqual(new Set(ids));
  // Whatever came twice came under one identifier.
  expect(new Set(taken.map(({ webhookId }) => webhookId)).size).toBe(DELIVERIES);
});

test("a delivery that was answered before the kill is answered from memory after it, and queued no more", async () => {
  const id = `msg_${crypto.randomUUID()}`;
  const first = await send(id);
  const kept = queue.kept;
  await worker.kill();
  worker = await restart();
  expect((await send(id)).answer).toEqual(first.answer);
  expect(queue.kept).toBe(kept);
});
