// The memory of a session: addresses are aligned, nothing goes beyond the maximum, and a refusal leaves all as it was.
import { describe, expect, it } from "vitest";
import { Layout, SessionMemory } from "../../../src/wasm/kernel/arena.ts";
import { expectError } from "../../expect-error.ts";

const PAGE = 65_536;

describe("Layout", () => {
  it("hands out addresses one after the other, each a multiple of 64", () => {
    const layout = new Layout(128);
    const taken = [
      [1, 1],
      [16, 4],
      [17, 4],
      [0, 4],
      [3, 1],
    ].map(([count, size]) => layout.take(count!, size!));
    expect(taken).toEqual([128, 192, 256, 384, 384]);
    expect(layout.bytes).toBe(448);
  });

  it("counts beyond what any memory has", () => {
    const layout = new Layout(0);
    layout.take(2 ** 40, 4);
    expect(layout.take(1, 1)).toBe(2 ** 42);
  });
});

describe("SessionMemory", () => {
  it.each([0, 1, 63, 64, 65, 1000, PAGE, 3 * PAGE + 1])("holds %i bytes of weights, then the arena", (weightBytes) => {
    const memory = new SessionMemory(weightBytes, 10 * PAGE);
    expect(memory.weights).toBeGreaterThan(0);
    expect([memory.weights % 64, memory.arena % 64]).toEqual([0, 0]);
    expect(memory.arena).toBeGreaterThanOrEqual(memory.weights + weightBytes);
    expect(memory.arena).toBeLessThan(memory.weights + weightBytes + 64);
    expect(memory.u8(memory.weights, weightBytes)).toHaveLength(weightBytes);
  });

  it("begins with the pages that the weights need, and no more", () => {
    expect(new SessionMemory(0, 10 * PAGE).bytes).toBe(PAGE);
    expect(new SessionMemory(PAGE - 64, 10 * PAGE).bytes).toBe(PAGE);
    expect(new SessionMemory(PAGE, 10 * PAGE).bytes).toBe(2 * PAGE);
  });

  it("may take whole pages of the maximum", () => {
    expect(new SessionMemory(0, 3 * PAGE + 5000).maximum).toBe(3 * PAGE);
  });

  it.each<[string, number, number]>([
    ["weights larger than the maximum", 3 * PAGE, 3 * PAGE],
    ["weights for which the reserved bytes leave no room", 3 * PAGE - 63, 3 * PAGE],
    ["a maximum of less than a page", 1, PAGE - 1],
    ["no memory at all", 0, 0],
    ["weights that no memory holds", 2 ** 53 - 1, 10 * PAGE],
  ])("refuses %s", (_, weightBytes, maximum) =>
    expectError(() => new SessionMemory(weightBytes, maximum), "out_of_memory", `${weightBytes} bytes do not fit`),
  );

  it("refuses a maximum that WebAssembly does not know", () =>
    expectError(() => new SessionMemory(0, 2 ** 40), "out_of_memory", "no memory of"));

  it("fills the maximum to the last byte", () => {
    const memory = new SessionMemory(2 * PAGE - 64, 2 * PAGE);
    expect([memory.bytes, memory.arena]).toEqual([2 * PAGE, 2 * PAGE]);
  });

  describe("reserve", () => {
    it("grows by whole pages, and keeps what was written", () => {
      const memory = new SessionMemory(100, 10 * PAGE);
      memory.u8(memory.weights, 100).fill(7);
      memory.reserve(2 * PAGE + 1);
      expect(memory.bytes).toBe(3 * PAGE);
      expect([...memory.u8(memory.weights, 101)]).toEqual([...Array(100).fill(7), 0]);
    });

    it("neither grows for what there is nor shrinks", () => {
      const memory = new SessionMemory(0, 10 * PAGE);
      for (const bytes of [3 * PAGE, 3 * PAGE, 1, 0]) memory.reserve(bytes);
      expect(memory.bytes).toBe(3 * PAGE);
    });

    it("reaches the maximum", () => {
      const memory = new SessionMemory(0, 4 * PAGE);
      memory.reserve(4 * PAGE);
      expect(memory.bytes).toBe(4 * PAGE);
    });

    it.each([4 * PAGE + 1, 2 ** 32, 2 ** 53])(
      "refuses %i bytes of four pages before anything has changed",
      async (bytes) => {
        const memory = new SessionMemory(100, 4 * PAGE);
        const view = memory.u8(memory.weights, 100);
        await expectError(
          () => memory.reserve(bytes),
          "input_too_large",
          `needs ${bytes} bytes`,
          `may take ${4 * PAGE}`,
        );
        expect([memory.bytes, view.length]).toEqual([PAGE, 100]);
        memory.reserve(4 * PAGE);
        expect(memory.bytes).toBe(4 * PAGE);
      },
    );
  });

  it("gives views of one memory", () => {
    const memory = new SessionMemory(0, PAGE);
    memory.f32(memory.arena, 2).set([1, -2]);
    expect([...memory.i32(memory.arena, 2)]).toEqual([0x3f800000, 0xc0000000 | 0]);
    expect([...memory.u8(memory.arena, 4)]).toEqual([0, 0, 0x80, 0x3f]);
  });
});
