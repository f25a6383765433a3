// A client that goes away while the model is loaded for it must not take the model from the others.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { createTestHarness } from "wrangler";

let harness: ReturnType<typeof createTestHarness> | undefined;
afterEach(() => harness?.close());

/** A Worker whose first load takes `slowness` milliseconds, and whose requests wait for another's load until nothing has come for `patience` milliseconds. */
async function start(slowness: number, patience: number): Promise<URL> {
  const file = await readFile("models/minilm-l6-heads/model.safetensors");
  const sha256 = createHash("sha256").update(file).digest("hex");
  const SPEC = { from: "r2", binding: "BUCKET", parts: ["heads"], bytes: file.byteLength, sha256 };
  harness = createTestHarness({
    workers: [
      {
        config: {
          name: "slow-model",
          main: "test/http/models/slow-model-worker.ts",
          compatibility_date: "2026-10-01",
          services: [{ binding: "SELF", service: "slow-model" }],
          r2_buckets: [{ binding: "BUCKET", bucket_name: "models" }],
          vars: { SPEC, SLOWNESS: slowness, PATIENCE: patience },
        },
      },
    ],
  });
  const { url } = await harness.listen();
  const stores = await harness
    .getWorker<{ BUCKET: { put(key: string, value: Uint8Array): Promise<unknown> } }>()
    .getEnv();
  await stores.BUCKET.put("heads", file);
  return url;
}

const FOREVER = 3_600_000;
// Even one piece takes longer than anybody waits.
const HANGING = 1000 * FOREVER;

/** Begins a load for a client that soon disconnects; resolves when it has begun. */
async function beginLoad(url: URL): Promise<{ gone: Promise<Response> }> {
  const gone = fetch(new URL("/gone", url));
  while ((await (await fetch(new URL("/loads", url))).json()) === 0);
  return { gone };
}

test("the load that a disconnected client began serves the requests that wait for it", async () => {
  const url = await start(3000, FOREVER);
  const { gone } = await beginLoad(url);
  const others = await Promise.all([fetch(url), fetch(url)]);
  expect(await (await gone).text()).toBe("gone");
  for (const response of others) expect(await response.json()).toEqual({ loads: 1, heads: 11 });
});

test("a load that hangs is begun once more, for all that have waited long enough", async () => {
  const url = await start(HANGING, 1000);
  const { gone } = await beginLoad(url);
  const both = await fetch(new URL("/both", url));
  expect(await (await gone).text()).toBe("gone");
  expect(await both.json()).toEqual({ loads: 2, heads: [11, 11] });
});

test("a load that is slow but goes on is waited for", async () => {
  const url = await start(4000, 1000);
  const [first, second] = [fetch(url), fetch(url)];
  for (const response of await Promise.all([first, second]))
    expect(await response.json()).toEqual({ loads: 1, heads: 11 });
});
