// One computation after another: their order, what comes between them, and that none is waited for in vain.
import { expect, test, vi } from "vitest";
import { type Turn, TurnQueue } from "../../src/tasks/turns.ts";

const never = () => new Promise<never>(() => {});
const wait = () => new Promise((done) => setTimeout(done, 20));

test("one after another, in the order of arrival", async () => {
  const turns = new TurnQueue();
  const log: string[] = [];
  const compute = (name: string) =>
    turns.run(async () => {
      log.push(`${name} begins`);
      await wait();
      log.push(`${name} ends`);
      return name;
    });
  expect(await Promise.all(["a", "b", "c"].map(compute))).toEqual(["a", "b", "c"]);
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("who comes alone does not wait, and its answer not for the pause", async () => {
  const compute = vi.fn(async () => "done");
  const another = vi.fn();
  setTimeout(another, 0);
  const taken = new TurnQueue().run(compute);
  expect(compute).toHaveBeenCalled();
  expect(await taken).toBe("done");
  expect(another).not.toHaveBeenCalled();
});

test("between two computations the runtime can turn to others, also when they come one by one", async () => {
  const turns = new TurnQueue();
  const log: string[] = [];
  const compute = (name: string) => turns.run(async () => log.push(name));
  setTimeout(() => log.push("another"), 0);
  await compute("a");
  await compute("b");
  expect(log).toEqual(["a", "another", "b"]);
});

test("a computation that fails gives its turn on", async () => {
  const turns = new TurnQueue();
  const failing = turns.run(async () => {
    throw new Error("no");
  });
  const next = turns.run(async () => "done");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("done");
});

test("what was stopped without a word, in its turn or before it, does not hold up the others", async () => {
  const turns = new TurnQueue();
  void turns.run(never);
  void turns.run(never);
  expect(await Promise.all([turns.run(async () => "b"), turns.run(async () => "c")])).toEqual(["b", "c"]);
});

test("who waits too long is told so, and the others go on", async () => {
  const turns = new TurnQueue(0);
  let end = () => {};
  const long = turns.run(() => new Promise<void>((resolve) => (end = resolve)));
  await expect(turns.run(async () => "late")).rejects.toMatchObject({ type: "overloaded" });
  const next = turns.run(async () => "done");
  end();
  await long;
  expect(await next).toBe("done");
});

test("a small computation passes a large one", async () => {
  const turns = new TurnQueue();
  const log: string[] = [];
  const parts = (name: string, count: number) =>
    turns.run(async (turn) => {
      for (let part = 0; part < count; part++) {
        if (part > 0) await turn.next();
        log.push(name);
      }
    });
  await Promise.all([parts("large", 4), parts("large too", 4), parts("small", 1), parts("small too", 1)]);
  expect(log.slice(0, 4).toSorted()).toEqual(["large", "large too", "small", "small too"]);
  expect(log.length).toBe(10);
});

test("a large computation goes on however many small ones come", async () => {
  const turns = new TurnQueue();
  const log: string[] = [];
  const large = turns.run(async (turn) => {
    for (let part = 0; part < 4; part++) {
      if (part > 0) await turn.next();
      log.push("large");
    }
  });
  // Two clients that ask again as soon as they are answered.
  const client = async () => {
    for (let request = 0; request < 20; request++) await turns.run(async () => log.push("small"));
  };
  await Promise.all([large, client(), client()]);
  expect(log.lastIndexOf("large")).toBeLessThan(20);
});

test("a computation nobody waits for stops at its next turn, or before its first", async () => {
  const turns = new TurnQueue();
  const abort = new AbortController();
  const log: number[] = [];
  const count = async (turn: Turn) => {
    for (let part = 0; ; part++) {
      if (part > 0) await turn.next();
      log.push(part);
      if (part === 1) abort.abort();
    }
  };
  const stopped = turns.run(count, { signal: abort.signal });
  const other = turns.run(async () => "done");
  await expect(stopped).rejects.toMatchObject({ type: "cancelled" });
  expect(log).toEqual([0, 1]);
  expect(await other).toBe("done");
  await expect(turns.run(count, { signal: abort.signal })).rejects.toMatchObject({ type: "cancelled" });
  expect(log).toEqual([0, 1]);
});
