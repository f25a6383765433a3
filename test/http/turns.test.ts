// One computation after another: their order, what comes between them, and that none is waited for in vain.
import { expect, test, vi } from "vitest";
import { Turns } from "../../src/http/turns.ts";

const never = () => new Promise<never>(() => {});
const wait = () => new Promise((done) => setTimeout(done, 20));

test("one after another, in the order of arrival", async () => {
  const turns = new Turns();
  const log: string[] = [];
  const compute = (name: string) =>
    turns.take(async () => {
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
  const taken = new Turns().take(compute);
  expect(compute).toHaveBeenCalled();
  expect(await taken).toBe("done");
  expect(another).not.toHaveBeenCalled();
});

test("between two computations the runtime can turn to others, also when they come one by one", async () => {
  const turns = new Turns();
  const log: string[] = [];
  const compute = (name: string) => turns.take(async () => log.push(name));
  setTimeout(() => log.push("another"), 0);
  await compute("a");
  await compute("b");
  expect(log).toEqual(["a", "another", "b"]);
});

test("a computation that fails gives its turn on", async () => {
  const turns = new Turns();
  const failing = turns.take(async () => {
    throw new Error("no");
  });
  const next = turns.take(async () => "done");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("done");
});

test("what was stopped without a word, in its turn or before it, does not hold up the others", async () => {
  const turns = new Turns();
  void turns.take(never);
  void turns.take(never);
  expect(await Promise.all([turns.take(async () => "b"), turns.take(async () => "c")])).toEqual(["b", "c"]);
});

test("who waits too long is told so, and the others go on", async () => {
  const turns = new Turns(0);
  let end = () => {};
  const long = turns.take(() => new Promise<void>((resolve) => (end = resolve)));
  await expect(turns.take(async () => "late")).rejects.toMatchObject({ type: "overloaded" });
  const next = turns.take(async () => "done");
  end();
  await long;
  expect(await next).toBe("done");
});
