// When upstream may be asked: the budget, the pause after failures, and the one request that tries after it.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Gate } from "../../../src/http/upstream/gate.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1e12, toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});
const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);
const failures = (gate: Gate, count: number) => {
  for (let i = 0; i < count; i++) gate.failed();
};

test("the budget is refilled as time goes on, and never above a minute's", () => {
  const gate = new Gate(60);
  for (let i = 0; i < 60; i++) expect(gate.refusal()).toBeUndefined();
  expect(gate.refusal()).toBe("budget");
  later(1000);
  expect([gate.refusal(), gate.refusal()]).toEqual([undefined, "budget"]);
  later(600_000);
  for (let i = 0; i < 60; i++) expect(gate.refusal()).toBeUndefined();
  expect(gate.refusal()).toBe("budget");
});

test("five failures in a row pause it, an answer among them does not", () => {
  const gate = new Gate(1000);
  failures(gate, 4);
  gate.succeeded();
  failures(gate, 4);
  expect(gate.refusal()).toBeUndefined();
  gate.failed();
  expect(gate.refusal()).toBe("paused");
});

test("after the pause one request tries, and its end decides", () => {
  const gate = new Gate(1000);
  failures(gate, 5);
  later(5000);
  expect([gate.refusal(), gate.refusal()]).toEqual([undefined, "paused"]);
  gate.failed();
  later(5000);
  // The pause doubles.
  expect(gate.refusal()).toBe("paused");
  later(5000);
  expect(gate.refusal()).toBeUndefined();
  gate.succeeded();
  expect([gate.refusal(), gate.refusal()]).toEqual([undefined, undefined]);
});

test("it waits as long as upstream asks for, up to five minutes", () => {
  const gate = new Gate(1000);
  gate.failed(7000);
  later(6999);
  expect(gate.refusal()).toBe("paused");
  later(1);
  expect(gate.refusal()).toBeUndefined();
  gate.failed(86_400_000);
  later(300_000);
  expect(gate.refusal()).toBeUndefined();
});
