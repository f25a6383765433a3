// A store that fails while examples are kept, and while a version is: nothing half-taught is ever served, and what was taken is taught later.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestHarness } from "wrangler";
import { apiKeys, askBy } from "./harness.ts";
import { inventExamples } from "./invent.ts";

const PATIENCE = { timeout: 30_000, interval: 50 };

let harness: ReturnType<typeof createTestHarness>;
beforeAll(async () => {
  harness = createTestHarness({
    workers: [
      {
        config: {
          name: "failing",
          main: "test/teaching/failing-worker.ts",
          compatibility_date: "2026-10-01",
          rules: [{ type: "Data", globs: ["**/*.safetensors"], fallthrough: false }],
          durable_objects: { bindings: [{ name: "HEADS", class_name: "Heads" }] },
          migrations: [{ tag: "v1", new_sqlite_classes: ["Heads"] }],
        },
        vars: { API_KEYS: await apiKeys() },
      },
    ],
  });
  await harness.listen();
});
afterAll(() => harness.close());

const ask = askBy((url, init) => harness.getWorker("failing").fetch(url, init as object));
const failOn = (table: string) => ask(`/fail?table=${table}`);
const recover = () => ask("/fail");
const head = async (name: string) => (await (await ask(`/heads/${name}`)).json()) as Record<string, unknown>;
const examples = inventExamples(30);

test("examples that could not be kept are refused as a whole", async () => {
  await failOn("examples");
  const response = await ask("/heads", { body: { name: "refused", examples } });
  expect(response.status).toBe(500);
  expect((await ask("/heads/refused")).status).toBe(404);
  await recover();
});

test("while a version cannot be kept the old one answers, and the new one does as soon as it can", async () => {
  const { status } = await ask("/heads", { body: { name: "late", examples: examples.slice(0, 12) } });
  expect(status).toBe(200);
  await failOn("parts");
  const added = ask("/heads/late/examples", { body: { examples: examples.slice(12) } });
  await vi.waitFor(
    async () => expect(await head("late")).toMatchObject({ status: "teaching", examples: 30 }),
    PATIENCE,
  );
  await new Promise((done) => setTimeout(done, 500));
  expect(await head("late")).toMatchObject({ status: "teaching", version: 1, versions: [{ version: 1 }] });
  const answer = await ask("/classify", { body: { inputs: "please refund me", parameters: { head: "late" } } });
  expect(await answer.json()).toMatchObject([{ label: "refund" }]);
  await recover();
  expect((await added).status).toBe(200);
  expect(await head("late")).toMatchObject({ status: "live", version: 2 });
});
