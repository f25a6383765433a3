// The runtimes of the matrix. Node 22, Bun and Deno come from npm, into tmp/runtimes (npm run runtimes).
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createTestHarness } from "wrangler";
import { launch, noChromium } from "../playground/chromium.ts";
import type { Folder } from "./folder.ts";

export interface Runtime {
  readonly name: string;
  /** Why it cannot be tested here; undefined if it can. */
  readonly missing: string | undefined;
  /** Whether its relaxed SIMD fuses a multiplication and an addition. JavaScriptCore rounds both, as the baseline build does everywhere. */
  readonly fused: boolean;
  /** Runs the program in a folder where the packages are installed; resolves to its answers as JSON. */
  run(folder: Folder): Promise<string>;
}

const installed = (name: string) => resolve("tmp/runtimes/node_modules", name);

function program(name: string, path: string, ...args: readonly string[]): Runtime {
  const missing = existsSync(path) ? undefined : `${name} is not installed (npm run runtimes)`;
  return { name, missing, fused: true, run: (folder) => folder.run(path, ...args, "main.js") };
}

export const RUNTIMES: readonly Runtime[] = [
  program("Node.js 22", installed("node-22/bin/node")),
  {
    ...program("Node.js 24", process.execPath),
    ...(!process.version.startsWith("v24.") && { missing: `this is ${process.version}` }),
  },
  { ...program("Bun", installed(".bin/bun")), fused: false },
  program("Deno", installed(".bin/deno"), "run", "--allow-read", "--allow-env"),
  { name: "workerd (wrangler)", missing: undefined, fused: true, run: runWorkerd },
  { name: "Chromium (Vite build)", missing: noChromium, fused: true, run: runChromium },
];

async function runWorkerd({ path }: Folder): Promise<string> {
  const harness = createTestHarness({ root: path, workers: [{ configPath: `${path}/wrangler.toml` }] });
  try {
    const { url } = await harness.listen();
    return await (await fetch(url)).text();
  } finally {
    await harness.close();
  }
}

async function runChromium({ path }: Folder): Promise<string> {
  const { build, preview } = await import("vite");
  await build({ root: path, logLevel: "error", assetsInclude: ["**/*.safetensors"] });
  const server = await preview({ root: path, logLevel: "error", preview: { port: 0 } });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const failure = new Promise<never>((_, reject) => page.on("pageerror", reject));
    await page.goto(server.resolvedUrls!.local[0]!);
    const answers = await Promise.race([page.waitForFunction("globalThis.answers"), failure]);
    return JSON.stringify(await answers.jsonValue());
  } finally {
    await browser.close();
    await server.close();
  }
}
