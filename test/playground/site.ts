// Starts the playground over Workers other than the gateway: one with a single task, or with a site of its own.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createTestHarness } from "wrangler";
import type { RunningWorker } from "../functions/worker.ts";

export interface SiteOptions {
  /** The Worker's module. */
  readonly main: string;
  /** The folder of static assets. */
  readonly site?: string;
}

/** Takes everything else from wrangler.toml. */
export async function startSite({ main, site = "dist/site" }: SiteOptions): Promise<RunningWorker> {
  const folder = await mkdtemp(join(tmpdir(), "bertlet-site-"));
  const config = await readFile("wrangler.toml", "utf8");
  const [topLevel = ""] = config.split(/^\[env\./m);
  const configPath = join(folder, "wrangler.toml");
  const moved = topLevel
    .replace(/^main = .*$/m, `main = ${JSON.stringify(resolve(main))}`)
    .replace(/^directory = .*$/m, `directory = ${JSON.stringify(resolve(site))}`)
    // Only the gateway has a route at /, and passes the page on.
    .replace(/^run_worker_first = .*$/m, "");
  await writeFile(configPath, moved);
  const harness = createTestHarness({ workers: [{ configPath }] });
  const { url } = await harness.listen();
  const close = async () => {
    await harness.close();
    await rm(folder, { recursive: true });
  };
  return { url, close };
}
