// What the gateway weighs without its model, as wrangler would upload it.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

test("the gateway is at most 112 KB, compressed, without its model", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bertlet-bundle-"));
  try {
    const args = ["deploy", "--dry-run", "--outdir", folder];
    await promisify(execFile)("node_modules/.bin/wrangler", args);
    const names = (await readdir(folder)).filter((name) => /\.(js|wasm)$/.test(name));
    const files = await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
    const sizes = files.map(({ name, bytes }) => [name.replace(/^[0-9a-f]{40}-/, ""), gzipSync(bytes).length] as const);
    console.log(sizes.map(([name, size]) => `${name}: ${(size / 1000).toFixed(1)} KB`).join(", "));
    expect(names).toHaveLength(3);
    expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBeLessThanOrEqual(112_000);
  } finally {
    await rm(folder, { recursive: true });
  }
});
