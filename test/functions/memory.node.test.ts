// What two thousand answers leave behind once garbage is collected: nothing but the cache of answers, which has its limit.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { classify } from "../../src/tasks/classify.ts";
import { LIMITS } from "../../src/tasks/limits.ts";
import { readFixture } from "../fixtures.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that are held, in the heap and beside it. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("memory is flat over answers, refusals and bad requests", async () => {
  // Not a spy, which would remember what it was called with.
  vi.stubGlobal("console", { ...console, log: () => {} });
  const file = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
  const app = createApp({ model: () => loadPretrained(file), tasks: [classify] });
  let count = 0;
  const ask = async (rounds: number) => {
    for (let i = 0; i < rounds; i++) {
      const inputs = [`order ${count++} came late`, 7, ""][i % 10 === 8 ? 1 : i % 10 === 9 ? 2 : 0];
      const init = {
        method: "POST",
        body: JSON.stringify({ inputs }),
        headers: { "content-type": "application/json" },
      };
      await (await app.request("/classify", init)).text();
    }
  };
  // The first answers compile code and fill the arena.
  await ask(200);
  const before = held();
  await ask(2000);
  expect(held() - before).toBeLessThan(2 * LIMITS.cached_characters);
}, 60_000);
