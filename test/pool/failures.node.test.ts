// What happens when a thread ends, when options are wrong, and when a pool is released.
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test, vi } from "vitest";
import { loadPool, type PooledModel } from "../../src/pool/index.ts";
import { Thread } from "../../src/pool/thread.ts";
import { Threads } from "../../src/pool/threads.ts";
import { Tensor } from "../../src/tensor.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const FETCHES = ["sentence_embedding"];

const file = await readFile(MODEL);

afterEach(() => vi.restoreAllMocks());

const feedsOf = ({ tokenization }: PooledModel, texts: number) =>
  tokenization!.encode(Array.from({ length: texts }, (_, index) => `text ${index} ${"word ".repeat(60)}`)).feeds;

/** Notes every thread that is started from here on, so that a test can kill it as the system might. */
function watchThreads(): Worker[] {
  const workers: Worker[] = [];
  const on = Worker.prototype.on;
  vi.spyOn(Worker.prototype, "on").mockImplementation(function (this: Worker, ...args) {
    if (args[0] === "exit") workers.push(this);
    return on.apply(this, args);
  });
  return workers;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("a thread that is killed during a run fails that run, and another takes its place", async () => {
  const workers = watchThreads();
  const model = await loadPool(file, { threads: 2 });
  await using session = model.session;
  const feeds = feedsOf(model, 64);
  const expected = await session.run(feeds, FETCHES);
  const before = session.threadIds;
  const run = session.run(feeds, FETCHES);
  const outcome = expect(run).rejects.toMatchObject({ type: "unavailable", message: "a thread of the pool ended" });
  await workers[0]!.terminate();
  await outcome;
  await until(() => session.threadIds.length === 2);
  expect(session.threadIds.filter((id) => before.includes(id))).toHaveLength(1);
  expect(await session.run(feeds, FETCHES)).toEqual(expected);
});

test("when all threads are killed, a run that comes then waits for those that take their places", async () => {
  const workers = watchThreads();
  const model = await loadPool(file, { threads: 2 });
  await using session = model.session;
  const feeds = feedsOf(model, 8);
  const expected = await session.run(feeds, FETCHES);
  await Promise.all(workers.slice(0, 2).map((worker) => worker.terminate()));
  expect(await session.run(feeds, FETCHES)).toEqual(expected);
  expect(session.threadIds).toHaveLength(2);
});

test("a run is refused with what keeps its thread from being replaced, and later ones try again", async () => {
  const workers = watchThreads();
  const model = new Uint8Array(new SharedArrayBuffer(file.length));
  model.set(file);
  const threads = await Threads.start({ model, options: {} }, 1);
  const input_ids = new Tensor("int32", Int32Array.of(101, 7592, 102), [1, 3]);
  const run = () => threads.run({ feeds: { input_ids }, fetches: FETCHES });
  const expected = await run();
  model.fill(0);
  await workers[0]!.terminate();
  await expect(run()).rejects.toMatchObject({ type: "invalid_checkpoint" });
  model.set(file);
  expect(await run()).toEqual(expected);
  await threads.release();
});

test("a thread that ends before it has loaded says so", async () => {
  const thread = new Thread({ model: new Uint8Array(file), options: {} });
  const ready = expect(thread.ready).rejects.toMatchObject({ type: "unavailable" });
  await thread.stop();
  await ready;
  await expect(thread.run({ feeds: {}, fetches: [] })).rejects.toMatchObject({ type: "unavailable" });
});

test("release stops runs in progress and those that wait, and later ones are refused", async () => {
  const model = await loadPool(file, { threads: 2 });
  const { session } = model;
  const feeds = feedsOf(model, 64);
  const runs = Array.from({ length: 3 }, () => session.run(feeds, FETCHES));
  const outcomes = Promise.allSettled(runs);
  await session.release();
  const released = { type: "invalid_input", message: "the session was released" };
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: released });
  await expect(session.run(feeds, FETCHES)).rejects.toMatchObject(released);
  expect(session.threadIds).toEqual([]);
  await session.release();
});

test.each<[object, string, string]>([
  [{ threads: 0 }, "invalid_input", "threads must be a whole number of at least 1, not 0"],
  [{ threads: 1.5 }, "invalid_input", "threads must be a whole number of at least 1, not 1.5"],
  [{ thread: 2 }, "invalid_input", "there is no option thread; the options are quantization, "],
  [{ layers: [0, 1] }, "invalid_input", "there is no option layers"],
  [{ threads: 2, maximumMemory: 1e6 }, "out_of_memory", "do not fit"],
])("loading with %j is refused", async (options, type, message) => {
  await expect(loadPool(file, options)).rejects.toMatchObject({ type, message: expect.stringContaining(message) });
});

test("a damaged file is refused", async () => {
  for (const damaged of [file.subarray(0, 100_000), Buffer.from("not a model")])
    await expect(loadPool(new Uint8Array(damaged), { threads: 2 })).rejects.toMatchObject({
      type: "invalid_checkpoint",
    });
});

test("threads that nobody waits for do not keep the program alive", () => {
  const program = `
    import { readFile } from "node:fs/promises";
    import { loadPool } from "./src/pool/index.ts";
    const model = await loadPool(await readFile("${MODEL}"), { threads: 2 });
    const { feeds } = model.tokenization.encode(["a", "b"]);
    console.log(Object.keys(await model.session.run(feeds, ["sentiment.logits"])).join());`;
  const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
    timeout: 50_000,
  });
  expect([status, stdout]).toEqual([0, "sentiment.logits\n"]);
});
