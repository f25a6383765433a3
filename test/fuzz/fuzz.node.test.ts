// Every format's reader against hostile files and some hundred damaged ones; `npm run fuzz` takes 10,000.
import { expect, test } from "vitest";
import { seeded } from "./damage.ts";
import { fuzz, openTarget, TARGET_NAMES } from "./targets.ts";

test.each(TARGET_NAMES)(
  "%s: an error in bounded time and memory, never anything else",
  { timeout: 60_000 },
  async (name) => {
    const { refused, slowest, memory } = await fuzz(await openTarget(name), 300, seeded(20260101));
    expect(refused).toBeGreaterThan(50);
    expect(slowest).toBeLessThan(5_000);
    expect(memory).toBeLessThan(1_000);
  },
);
