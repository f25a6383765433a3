// Every format's reader against hostile files and some hundred damaged ones, and the gateway against some hundred requests; `npm run fuzz`
// takes 10,000 of each, or as many as --count says.
import { expect, test, vi } from "vitest";
import { seeded } from "./damage.ts";
import { fuzzTarget, TARGET_NAMES } from "./fuzz-target.ts";

test.each(TARGET_NAMES)(
  "%s: an answer or an error in bounded time and memory, never anything else",
  { timeout: 60_000 },
  async (name) => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    const { refused, slowest, memory } = await fuzzTarget(name, 300, seeded(20260101));
    expect(refused).toBeGreaterThan(50);
    expect(slowest).toBeLessThan(5_000);
    expect(memory).toBeLessThan(1_000);
  },
);
