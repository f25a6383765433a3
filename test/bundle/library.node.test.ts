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
  const args = ["deploy", entry, "--dry-run", "--outdir", folder, "--metafile", join(folder, "meta.json")];
  try {
    await promisify(execFile)("node_modules/.bin/wrangler", args);
    const { outputs } = JSON.parse(await readFile(join(folder, "meta.json"), "utf8"));
    const bundles = Object.values<{ inputs: Record<string, { bytesInOutput: number }> }>(outputs);
    return bundles.flatMap(({ inputs }) => Object.keys(inputs).filter((file) => inputs[file]!.bytesInOutput > 0));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const READERS =
  /hyparquet|papaparse|src\/data\/|h5wasm|msgpack|\/pytorch\/|hdf5\.node|@huggingface|hub\.node|hub-cache|tensorflow-h5|files\/sentencepiece\/|sentencepiece\.node/;

it("the gateway carries no reader but that of safetensors", { timeout: 120_000 }, async () => {
  const files = await bundled("functions/index.ts");
  expect(files.filter((file) => READERS.test(file))).toEqual([]);
  expect(files).toContain("src/safetensors.ts");
});

it("a Worker that asks for the families carries msgpack, but never h5wasm", { timeout: 120_000 }, async () => {
  const files = await bundled("test/bundle/families-worker.ts");
  expect(files.some((file) => file.includes("@msgpack"))).toBe(true);
  expect(files.filter((file) => /h5wasm|\/pytorch\//.test(file))).toEqual([]);
});

it("a Worker that takes one class from the library's entry carries no other reader, either", {
  timeout: 120_000,
}, async () => {
  const files = await bundled("test/bundle/library-worker.ts");
  expect(files).toContain("src/models/bert-for-masked-lm.ts");
  expect(files.filter((file) => READERS.test(file))).toEqual([]);
});
