// The memory of deliveries, in real Durable Objects: what is computed slowly, at once, in vain, or for somebody who has gone.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestHarness } from "wrangler";

const harness = createTestHarness({
  workers: [
    {
      config: {
        name: "slow",
        main: "test/webhooks/slow-worker.ts",
        compatibility_date: "2026-10-01",
        durable_objects: { bindings: [{ name: "DELIVERIES", class_name: "Deliveries" }] },
        migrations: [{ tag: "v1", new_sqlite_classes: ["Deliveries"] }],
      },
    },
  ],
});
let url: URL;
beforeAll(async () => {
  ({ url } = await harness.listen());
});
afterAll(() => harness.close());

interface Options {
  readonly wait?: string;
  readonly fail?: string;
  readonly keep?: string;
}
const ask = (name: string, options: Options = {}, signal?: AbortSignal) =>
  fetch(new URL(`/?${new URLSearchParams({ name, ...options })}`, url), { signal: signal ?? null });
const once = async (name: string, options?: Options) =>
  (await (await ask(name, options)).json()) as { answer: string; seen: boolean };
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

test("repetitions that come while the first is computed wait for its answer", async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => once("slow", { wait: "500" })));
  expect(new Set(all.map(({ answer }) => answer)).size).toBe(1);
  expect(all.filter(({ seen }) => !seen)).toHaveLength(1);
});

test("each delivery has its own answer", async () => {
  const [one, two] = await Promise.all([once("one", { wait: "100" }), once("two", { wait: "100" })]);
  expect(one.answer).not.toBe(two.answer);
});

test("a computation that fails fails for its own caller alone", async () => {
  const failing = ask("failing", { wait: "500", fail: "yes" });
  await pause(100);
  const next = once("failing");
  expect((await failing).status).toBe(500);
  expect((await next).seen).toBe(false);
  expect((await once("failing")).seen).toBe(true);
});

test("a caller that goes away leaves the next with an answer", async () => {
  const gone = ask("gone", { wait: "1000" }, AbortSignal.timeout(300)).catch((error: Error) => error.name);
  await pause(100);
  expect(await once("gone")).toMatchObject({ answer: expect.stringMatching(/^answer/) });
  expect(await gone).toBe("TimeoutError");
});

test("a delivery is forgotten after its time", async () => {
  await once("short", { keep: "300" });
  expect((await once("short")).seen).toBe(true);
  await pause(1500);
  expect((await once("short")).seen).toBe(false);
});
