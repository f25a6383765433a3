// bertlet push, by the real wrangler into its local stores, and a Worker that loads what was stored.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStored } from "../../src/http/models/stored.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { bertlet } from "./bertlet.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const NAMESPACE = "0123456789abcdef0123456789abcdef";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-push-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ["r2", ["--r2", "models"], /^model-[0-9a-f]{12}\.safetensors$/],
  ["kv", ["--kv", NAMESPACE, "--binding", "MODELS_KV"], /^model-[0-9a-f]{12}(\.safetensors|\.\d)$/],
] as const)("a model is stored in %s, and the printed entry loads it", async (from, store, key) => {
  const { code, out, err } = await bertlet("push", MODEL, ...store, "--local", "--persist-to", folder);
  expect([code, err]).toEqual([0, ""]);
  const spec = JSON.parse(out.replace("MODELS: ", "")).models.model;
  expect(spec).toMatchObject({ from, binding: from === "r2" ? "BUCKET" : "MODELS_KV" });
  for (const part of spec.parts) expect(part).toMatch(key);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: "export default {}",
      r2Buckets: { BUCKET: "models" },
      kvNamespaces: { MODELS_KV: NAMESPACE },
      resourcePersistencePath: join(folder, "v3"),
    }),
  );
  try {
    const model = await loadPretrained(openStored(spec, await miniflare.getBindings()));
    expect(model.heads.map(({ name }) => name)).toContain("sentiment");
    await model.session.release();
  } finally {
    await miniflare.dispose();
  }
});

test("what is no packed model is not sent", async () => {
  const path = join(folder, "other.safetensors");
  await writeFile(path, new Uint8Array(100));
  const { code, out, err } = await bertlet("push", path, "--r2", "models", "--local", "--persist-to", folder);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("safetensors");
});

test("what wrangler refuses is said in its words", async () => {
  const { code, err } = await bertlet("push", MODEL, "--r2", "No Bucket!", "--local", "--persist-to", folder);
  expect(code).toBe(1);
  expect(err).toMatch(/^wrangler r2 object put: .*bucket/i);
});

test.each([
  [[], "expected either --r2 or --kv"],
  [["--r2", "a", "--kv", "b"], "expected either --r2 or --kv"],
  [["--r2", "a", "--persist-to", "x"], "--persist-to is for --local"],
  [["--d1", "a"], "no option --d1"],
])("%j make no sense", async (options, message) => {
  const { code, err } = await bertlet("push", MODEL, ...options);
  expect(code).toBe(2);
  expect(err).toContain(message);
});
