// Turns for a model on several threads.
import { expect, test } from "vitest";
import { ParallelTurns } from "../../src/cli/parallel-turns.ts";

test("a run begins while another goes on", async () => {
  const turns = new ParallelTurns();
  const begun: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.run(async ({ next }) => {
    begun.push("first");
    await gate.promise;
    await next();
    return 1;
  });
  const second = await turns.run(async () => {
    begun.push("second");
    return 2;
  });
  gate.resolve();
  expect([begun, await first, second]).toEqual([["first", "second"], 1, 2]);
});

test("a run that nobody waits for does not begin, and one in progress stops at its next turn", async () => {
  const turns = new ParallelTurns();
  const controller = new AbortController();
  const { signal } = controller;
  const run = turns.run(
    async ({ next }) => {
      await next();
      controller.abort();
      await next();
      return "not stopped";
    },
    { signal },
  );
  await expect(run).rejects.toMatchObject({ type: "cancelled" });
  await expect(turns.run(async () => "begun", { signal })).rejects.toMatchObject({ type: "cancelled" });
});
