// Where a cold start of the kernels goes: fresh workerd processes, a request a step. The time of a request that does nothing is taken off
// each; what happens before the first request (the process, the script and its wasm modules) is not in it.
import { median, printTable } from "./table.ts";
import { startBenchWorker } from "./workerd.ts";

const TRIES = 7;
const IDLE = ["nothing", "nothing", "nothing", "nothing"];
const PARTS = [...IDLE, "memory", "read", "instantiate", "tokenizer"];
const WHOLE = [...IDLE, "create", "run", "run", "run"];

export async function printSteps(): Promise<void> {
  const parts: number[][] = [];
  const whole: number[][] = [];
  for (let index = 0; index < TRIES; index++) {
    parts.push(await start(PARTS));
    whole.push(await start(WHOLE));
  }
  const at = (tries: readonly number[][], step: number) => median(tries.map((times) => times[step]!));
  const net = (tries: readonly number[][], step: number) =>
    median(tries.map((times) => times[step]! - median(times.slice(1, 4))));
  printTable(
    "Where the kernel's cold start goes (ms, medians of fresh processes; without the time of a request that does nothing)",
    ["", "ms"],
    [
      ["the first request, which does nothing (as it is)", at(whole, 0)],
      ["a later request, which does nothing (as it is)", at(whole, 2)],
      ["KernelSession.create", net(whole, 4)],
      ["— wasm memory", net(parts, 4)],
      ["— reading the file into it", net(parts, 5)],
      ["— instantiating the kernels", net(parts, 6)],
      ["tokenizer from its tables, and a first text", net(parts, 7)],
      ["first run, 16 tokens", net(whole, 5)],
      ["second run", net(whole, 6)],
      ["third run", net(whole, 7)],
    ],
  );
}

/** Milliseconds of each step in a process of its own. */
async function start(steps: readonly string[]): Promise<number[]> {
  const worker = await startBenchWorker("steps");
  const times: number[] = [];
  for (const step of steps) {
    const start = performance.now();
    await worker.send("POST", `/${step}`);
    times.push(performance.now() - start);
  }
  await worker.close();
  return times;
}
