// Builds the library and packs it and the default model, once for all tests of this folder.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const run = promisify(execFile);
const PACKAGES = { library: "dist/package", model: "models/minilm-l6-heads", create: "packages/create-bertlet" };

/** The path of each package's tarball. */
export type Tarballs = Readonly<Record<keyof typeof PACKAGES, string>>;

declare module "vitest" {
  export interface ProvidedContext {
    tarballs: Tarballs;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  for (const script of ["build:kernel", "build:package"]) await run("npm", ["run", script]);
  const folder = await mkdtemp(join(tmpdir(), "bertlet-tarballs-"));
  const pack = async (source: string): Promise<string> => {
    const { stdout } = await run("npm", ["pack", `./${source}`, "--json", "--pack-destination", folder]);
    const packed: { filename: string }[] = Object.values(JSON.parse(stdout));
    return join(folder, packed[0]!.filename);
  };
  const entries = Object.entries(PACKAGES).map(async ([name, source]) => [name, await pack(source)] as const);
  provide("tarballs", Object.fromEntries(await Promise.all(entries)) as Tarballs);
  return () => rm(folder, { recursive: true });
}
