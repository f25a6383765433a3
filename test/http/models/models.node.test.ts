// Models from real R2, KV and static assets, over HTTP in workerd: whole, in parts, damaged and repaired, several behind one gateway; and keys and
// rate limits with the platform's own bindings.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHarness } from "wrangler";

const MIB = 2 ** 20;
const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
/** What wrangler says of a binding is for its own types; these are what is used here. */
interface Stores {
  readonly BUCKET: { put(key: string, value: Uint8Array): Promise<unknown>; delete(key: string): Promise<void> };
  readonly STORE: { put(key: string, value: Uint8Array): Promise<void> };
  readonly KEYS: { put(key: string, value: string): Promise<void> };
}

let file: Buffer;
let assets: string;
let harness: ReturnType<typeof createTestHarness>;
let url: URL;
let stores: Stores;

beforeAll(async () => {
  file = await readFile("models/minilm-l6-heads/model.safetensors");
  assets = await mkdtemp(join(tmpdir(), "bertlet-assets-"));
  await mkdir(join(assets, "models"));
  const parts = [0, 1, 2].map((part) => file.subarray(part * 9 * MIB, (part + 1) * 9 * MIB));
  for (const [index, part] of parts.entries()) await writeFile(join(assets, `models/heads.${index}`), part);

  const whole = { bytes: file.byteLength, sha256: sha256(file) };
  const r2 = (key: string) => ({ from: "r2", binding: "BUCKET", parts: [key], ...whole });
  const MODELS = {
    memory_bytes: 90 * MIB,
    default: "assets",
    models: {
      assets: { from: "assets", parts: ["/models/heads.0", "/models/heads.1", "/models/heads.2"], ...whole },
      r2: r2("heads"),
      kv: { from: "kv", binding: "STORE", parts: ["heads.0", "heads.1"], ...whole },
      flipped: r2("flipped"),
      cut: r2("cut"),
      longer: r2("longer"),
      absent: r2("absent"),
      html: { from: "assets", parts: ["/models/none"], ...whole },
    },
  };
  harness = createTestHarness({
    workers: [
      {
        config: {
          name: "models",
          main: "test/http/models/model-worker.ts",
          compatibility_date: "2026-10-01",
          rules: [{ type: "Data", globs: ["**/*.safetensors"], fallthrough: false }],
          assets: { directory: assets, binding: "ASSETS" },
          r2_buckets: [{ binding: "BUCKET", bucket_name: "models" }],
          kv_namespaces: [
            { binding: "STORE", id: "models" },
            { binding: "KEYS", id: "keys" },
          ],
          ratelimits: [{ name: "SLOW", namespace_id: "1", simple: { limit: 3, period: 60 } }],
          vars: {
            MODELS,
            API_KEYS: {
              [sha256("everything")]: { name: "everything" },
              [sha256("emotional")]: { name: "emotional", heads: ["emotion"] },
              [sha256("slow")]: { name: "slow", rate_limiter: "SLOW" },
            },
          },
        },
      },
    ],
  });
  ({ url } = await harness.listen());
  stores = (await harness.getWorker<Stores & Record<string, unknown>>().getEnv()) as unknown as Stores;
  await stores.BUCKET.put("heads", file);
  await stores.STORE.put("heads.0", file.subarray(0, 20 * MIB));
  await stores.STORE.put("heads.1", file.subarray(20 * MIB));
}, 120_000);
afterAll(async () => {
  await harness.close();
  await rm(assets, { recursive: true });
});

const ask = (
  model: string | undefined,
  { key = "everything", head = "sentiment", inputs = `a delight ${crypto.randomUUID()}` } = {},
) =>
  fetch(new URL("/classify", url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key && { authorization: `Bearer ${key}` }),
      ...(model && { "x-model": model }),
    },
    body: JSON.stringify({ inputs, parameters: { head } }),
  });
const error = (error_type: string) => ({ error: expect.stringMatching(/\w/), error_type });

describe("a model", () => {
  test.each([undefined, "assets", "r2", "kv"])("from %s answers", async (model) => {
    const inputs = `a delight ${crypto.randomUUID()}`;
    const response = await ask(model, { inputs });
    expect(response.status, await response.clone().text()).toBe(200);
    expect(await response.json()).toMatchObject([{ label: "POSITIVE" }]);
  });

  test("that was let go for others is loaded again, by requests that come at once", async () => {
    for (const model of ["r2", "kv", "assets", "r2"]) {
      const many = await Promise.all(Array.from({ length: 5 }, () => ask(model)));
      expect(many.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    }
  });

  test("that does not exist is 404", async () => {
    const response = await ask("none");
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(error("not_found"));
  });

  const flipped = () => {
    const bytes = new Uint8Array(file);
    bytes[12 * MIB]! ^= 1;
    return bytes;
  };
  test.each<[string, () => Uint8Array]>([
    ["flipped", flipped],
    ["cut", () => file.subarray(0, 12 * MIB)],
    ["longer", () => Buffer.concat([file, Buffer.of(0)])],
  ])("whose bytes are %s is 503, nothing half loaded, and answers once it is repaired", async (key, damage) => {
    await stores.BUCKET.put(key, damage());
    const [first, second] = await Promise.all([ask(key), ask(key)]);
    for (const response of [first, second]) {
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(await response.json()).toEqual(error("model_unavailable"));
    }
    expect((await ask("r2")).status).toBe(200);
    await stores.BUCKET.put(key, file);
    expect((await ask(key)).status).toBe(200);
    await stores.BUCKET.delete(key);
  });

  test.each(["absent", "html"])("that is not where it should be (%s) is 503", async (model) => {
    expect((await ask(model)).status).toBe(503);
  });
});

describe("a key", () => {
  test("is needed", async () => {
    for (const key of ["", "nobody"]) {
      const response = await ask(undefined, { key });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual(error("unauthorized"));
    }
  });

  test("of KV is one, too", async () => {
    await stores.KEYS.put(sha256("stored"), JSON.stringify({ name: "stored", heads: ["sentiment"] }));
    expect((await ask(undefined, { key: "stored" })).status).toBe(200);
    expect((await ask(undefined, { key: "stored", head: "intent" })).status).toBe(403);
  });

  test("for some heads is 403 for others, also where their answer is kept already", async () => {
    const own = await ask(undefined, { key: "emotional", head: "emotion" });
    expect(own.status).toBe(200);
    const question = { head: "intent", inputs: "a delight" };
    expect((await ask(undefined, question)).status).toBe(200);
    expect((await ask(undefined, question)).headers.get("x-cache")).toBe("HIT");
    const response = await ask(undefined, { ...question, key: "emotional" });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual(error("forbidden"));
  });

  test("may be slowed down", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push((await ask(undefined, { key: "slow" })).status);
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
    expect(statuses.at(-1)).toBe(429);
    expect((await ask(undefined)).status).toBe(200);
  });
});
