// A Worker of packed models carries no reader of checkpoints: the gateway's bundle, as Wrangler makes it, holds none of their code.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** The files in the bundle of a Worker. */
async function bundled(entry: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "bertlet-bundle-"));
  const args = ["deploy", entry, "--dry-run", "--outdir", folder, "--metafile", join(folder, "meta.json"), "--env", ""];
  try {
    await promisify(execFile)("node_modules/.bin/wrangler", args);
    const { inputs } = JSON.parse(await readFile(join(folder, "meta.json"), "utf8"));
    return Object.keys(inputs);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const READERS = /h5wasm|msgpack|\/pytorch\/|hdf5\.node|@huggingface|hub\.node|hub-cache|tensorflow-h5/;

it("the gateway carries no reader but that of safetensors", { timeout: 60_000 }, async () => {
  const files = await bundled("functions/index.ts");
  expect(files.filter((file) => READERS.test(file))).toEqual([]);
  expect(files).toContain("src/weights/safetensors.ts");
});

it("a Worker that asks for the families carries theirs, but never h5wasm", { timeout: 60_000 }, async () => {
  const files = await bundled("test/weights/families-worker.ts");
  expect(files.some((file) => file.includes("@msgpack"))).toBe(true);
  expect(files.some((file) => file.includes("/pytorch/"))).toBe(true);
  expect(files.filter((file) => file.includes("h5wasm"))).toEqual([]);
});
