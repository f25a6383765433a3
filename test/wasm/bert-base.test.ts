// bert-base's shape in 4 bits: what an isolate of 128 MB has room for.
import { expect, test } from "vitest";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import { int32, values } from "../goldens.ts";
import { randomPacked } from "./random-model.ts";

test("110 million weights load and run at the full length within 90 MB of wasm memory", async () => {
  const session = await KernelSession.create(randomPacked({}), { maximumMemory: 90e6 });
  const ids = Array.from({ length: 512 }, (_, i) => 1000 + 50 * i);
  const { last_hidden_state } = await session.run({ input_ids: int32([ids]) }, ["last_hidden_state"]);
  expect(last_hidden_state?.dims).toEqual([1, 512, 768]);
  expect(values(last_hidden_state).every(Number.isFinite)).toBe(true);
  expect(session.memory.bytes).toBeGreaterThan(55e6);
  expect(session.memory.bytes).toBeLessThan(90e6);
  await session.release();
}, 20_000);
