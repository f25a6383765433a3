// The site that is deployed with the gateway, for a model that fits a static asset and for one that does not.
import { execFile } from "node:child_process";
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-site-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function build(modelBytes: number): Promise<{ out: string; files: string[] }> {
  const [site, model] = [join(folder, "site"), join(folder, "model.safetensors")];
  const file = await open(model, "w");
  await file.truncate(modelBytes);
  await file.close();
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/build-playground.ts", site, model]);
  return { out: stdout, files: await readdir(site, { recursive: true }) };
}

it("A model of 25 MiB is part of the site", async () => {
  const { files } = await build(25 * 2 ** 20);
  expect(files).toContain("models/minilm-l6-heads.safetensors");
});

it("A model over 25 MiB is left out of the site, with a sentence, so that the gateway can be deployed", async () => {
  const { out, files } = await build(25 * 2 ** 20 + 1);
  expect(out).toContain("is over 25 MiB, the limit of a static asset");
  expect(files).toContain("index.html");
  expect(files.filter((file) => file.endsWith(".safetensors"))).toEqual([]);
});
