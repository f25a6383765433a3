// npm run dev: wrangler dev, which reloads when a TypeScript file changes; and kernels and playground, rebuilt when they change. Arguments
// go to wrangler.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { fileURLToPath } from "node:url";

const BUILDS = { "src/wasm/kernels": "scripts/build-kernel.ts", playground: "scripts/build-playground.ts" };

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
for (const [folder, script] of Object.entries(BUILDS)) rebuildOnChange(folder, script);
const wrangler = spawn("node_modules/.bin/wrangler", ["dev", ...process.argv.slice(2)], { stdio: "inherit" });
wrangler.on("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => wrangler.kill(signal));

/** Runs the script after the last of several changes, and once more for changes that come while it runs. */
function rebuildOnChange(folder: string, script: string): void {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  const rebuild = () => {
    if (running) return schedule();
    running = true;
    spawn(process.execPath, [script], { stdio: "inherit" }).on("exit", () => {
      running = false;
    });
  };
  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(rebuild, 100);
  };
  watch(folder, { recursive: true }, schedule);
}
