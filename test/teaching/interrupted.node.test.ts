// Teaching that is interrupted: the Worker is killed (SIGKILL, the whole process) in the middle, and started again over the same storage.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { UpstreamServer } from "../http/upstream/upstream-server.ts";
import { type Bundle, bundle, type Deployed, start } from "../load/deployed.ts";
import { type Ask, apiKeys, askBy } from "./harness.ts";
import { inventExamples } from "./invent.ts";

const PATIENCE = { timeout: 60_000, interval: 50 };

let storage: string;
let packed: Bundle;
let worker: Deployed;
let upstream: UpstreamServer;
beforeAll(async () => {
  upstream = await UpstreamServer.start();
  storage = await mkdtemp(join(tmpdir(), "bertlet-teach-"));
  packed = await bundle("teach");
  worker = await restart();
});
afterAll(async () => {
  await worker.close();
  await upstream.close();
  await rm(storage, { recursive: true });
});

const restart = async () => {
  const UPSTREAM = { url: `${upstream.url}/v1/systemone`, per_minute: 1_000_000 };
  return start(packed, { vars: { API_KEYS: await apiKeys(), UPSTREAM }, persistTo: storage });
};
const ask: Ask = askBy((url, init) => {
  const { pathname, search } = new URL(url);
  return fetch(new URL(pathname + search, worker.url), init);
});

interface Head {
  readonly status: string;
  readonly version: number | null;
  readonly examples: number;
  readonly versions: readonly { readonly version: number; readonly examples: number }[];
}
const head = async () => (await (await ask("/heads/killed")).json()) as Head;

test("a Worker that is killed while it teaches goes on when it is back, and answers by the old version until then", async () => {
  const examples = inventExamples(600);
  const first = await ask("/heads", { body: { name: "killed", examples: examples.slice(0, 20) } });
  expect(first.status, await first.clone().text()).toBe(200);
  const adding = ask("/heads/killed/examples", { body: { examples: examples.slice(20) } }).catch(() => {});
  await vi.waitFor(async () => expect(await head()).toMatchObject({ status: "teaching", examples: 600 }), PATIENCE);
  await worker.kill();
  await adding;

  worker = await restart();
  const inputs = "the courier lost my parcel in the rain";
  const answer = await ask("/classify", { body: { inputs, parameters: { head: "killed" } } });
  expect(answer.status, await answer.clone().text()).toBe(200);
  const resumed = await head();
  expect(resumed.examples).toBe(600);
  if (resumed.status === "teaching") expect(resumed.version).toBe(1);
  await vi.waitFor(async () => expect(await head()).toMatchObject({ status: "live", version: 2 }), PATIENCE);
  expect((await head()).versions.map((version) => version.examples)).toEqual([20, 600]);
});

test("what a head is, a kill does not change", async () => {
  const exported = async () => new Uint8Array(await (await ask("/heads/killed/export")).arrayBuffer());
  const before = await exported();
  await worker.kill();
  worker = await restart();
  expect(await exported()).toEqual(before);
});

test("a Worker that is killed while it is taught by a large model keeps its answers, and goes on when it is back", async () => {
  const examples = inventExamples(90);
  const labels = [...new Set(examples.map(({ label }) => label))];
  upstream.reply = ({ body }) => {
    const { state } = body as { state: string };
    const { label: right } = examples.find(({ text }) => text === state)!;
    const probabilities = Object.fromEntries(labels.map((label) => [label, Number(label === right)]));
    return { body: { answers: { q0: { type: "choice", probabilities } } } };
  };
  const question = { type: "choice", criteria: Object.fromEntries(labels.map((label) => [label, null])) };
  const body = { question, examples: [], learn: {} };
  expect((await ask("/questions/learned", { method: "PUT", body })).status).toBe(200);
  interface Learned extends Head {
    readonly learning: { readonly answers: number };
  }
  const learned = async () => (await (await ask("/questions/learned")).json()) as Learned;
  const decide = async (state: string) => {
    const asked = await ask("/v1/systemone", { body: { model: "edge", state, questions: { any: question } } });
    expect(asked.status).toBe(200);
  };
  for (const { text } of examples) await decide(text);
  await vi.waitFor(async () => expect((await learned()).learning.answers).toBeGreaterThanOrEqual(50), PATIENCE);
  await worker.kill();

  worker = await restart();
  await vi.waitFor(async () => expect(await learned()).toMatchObject({ status: "live", version: 1 }), PATIENCE);
  const { versions, learning } = await learned();
  expect(learning.answers).toBeGreaterThanOrEqual(50);
  expect(versions[0]!.examples).toBeGreaterThanOrEqual(50);
});
