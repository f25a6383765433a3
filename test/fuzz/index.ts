// npm run fuzz [-- --count 10000 --seed 1 --target requests]: damaged and hostile checkpoints and tokenizers of every format, and requests to
// the gateway. Each target has a process of its own, which is ended when it makes no progress. Prints a table, and fails when one crashed, hung,
// or took too much time or memory.
import { fork } from "node:child_process";
import { parseArgs } from "node:util";
import { TARGET_NAMES } from "./fuzz-target.ts";
import type { Outcome } from "./outcome.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    seed: { type: "string", default: "20260101" },
    target: { type: "string", multiple: true, default: [...TARGET_NAMES] },
  },
});
const { count, seed, target: targets } = values;
/** Fifty files take a second at most: this long without a word is a hang. */
const PATIENCE_MS = 60_000;
const MAX_MS = 5_000;
const MAX_MB = 1_000;
/** What V8 may use of an isolate's 128 MB beside 30 MB of wasm memory. */
const HEAP_MB = 98;

console.log(`${count} files per format, ${count} requests, seed ${seed}\n`);
console.log("| target | read or answered | refused | slowest | memory |\n| --- | ---: | ---: | ---: | ---: |");
for (const name of targets) {
  const outcome = await run(name).catch((error: Error) => error);
  const failed = outcome instanceof Error || outcome.slowest > MAX_MS || outcome.memory > MAX_MB;
  if (failed) process.exitCode = 1;
  console.log(outcome instanceof Error ? `| ${name} | ${outcome.message} |` : row(name, outcome));
}

function row(name: string, { read, refused, slowest, memory }: Outcome): string {
  return `| ${name} | ${read} | ${refused} | ${slowest.toFixed(0)} ms | ${memory.toFixed(0)} MB |`;
}

function run(name: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const execArgv = name === "requests" ? [`--max-old-space-size=${HEAP_MB}`] : [];
    const child = fork(new URL("child.ts", import.meta.url), [name, count, seed], { execArgv });
    let done = 0;
    const hung = () => {
      child.kill("SIGKILL");
      reject(new Error(`hung after file ${done}`));
    };
    let watchdog = setTimeout(hung, PATIENCE_MS);
    child.on("message", (message: { done: number } | { outcome: Outcome }) => {
      clearTimeout(watchdog);
      if ("outcome" in message) return resolve(message.outcome);
      done = message.done;
      watchdog = setTimeout(hung, PATIENCE_MS);
    });
    child.on("exit", (code, signal) => {
      clearTimeout(watchdog);
      reject(new Error(`ended with ${signal ?? code} after file ${done}`));
    });
  });
}
