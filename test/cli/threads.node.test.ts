// An app whose model runs on threads.
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { expect, test, vi } from "vitest";
import { ParallelTurns } from "../../src/cli/parallel-turns.ts";
import { createApp, embed } from "../../src/http/index.ts";
import { loadPool } from "../../src/pool/index.ts";

test("a request whose thread ends is answered with 503, and the next one by the thread that takes its place", async () => {
  const workers: Worker[] = [];
  const on = Worker.prototype.on;
  vi.spyOn(Worker.prototype, "on").mockImplementation(function (this: Worker, ...args) {
    if (args[0] === "exit") workers.push(this);
    return on.apply(this, args);
  });
  const model = await loadPool(await readFile("models/minilm-l6-heads/model.safetensors"), { threads: 1 });
  const running = Promise.withResolvers<void>();
  const run = model.session.run.bind(model.session);
  vi.spyOn(model.session, "run").mockImplementation((...args) => {
    running.resolve();
    return run(...args);
  });
  const app = createApp({ model: async () => model, tasks: [embed], turns: new ParallelTurns(), env: {} });
  const body = JSON.stringify({ inputs: "long ".repeat(400) });
  const ask = () => app.request("/embed", { method: "POST", body, headers: { "content-type": "application/json" } });
  const answer = ask();
  await running.promise;
  await workers[0]!.terminate();
  expect((await answer).status).toBe(503);
  expect(await (await answer).json()).toMatchObject({ error: "a thread of the pool ended", error_type: "unavailable" });
  expect((await ask()).status).toBe(200);
  await model.session.release();
});
