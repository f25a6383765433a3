// Turns over HTTP in workerd, where each request has a life of its own: it may end while others wait for it.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestHarness } from "wrangler";

const harness = createTestHarness({
  workers: [
    {
      config: {
        name: "turns",
        main: "test/tasks/turns-worker.ts",
        compatibility_date: "2026-10-01",
        compatibility_flags: ["enable_request_signal"],
        services: [{ binding: "SELF", service: "turns" }],
      },
    },
  ],
});
let url: URL;
beforeAll(async () => {
  ({ url } = await harness.listen());
});
afterAll(() => harness.close());

interface Turn {
  readonly arrival: number;
  readonly begin: number;
}
const ask = (path: string) => fetch(new URL(path, url));
const many = <T>(count: number, one: () => Promise<T>) => Promise.all(Array.from({ length: count }, one));

test("a burst is served in the order of arrival as far as it fits, and the others are refused, all of them", async () => {
  const responses = await many(200, () => ask("/kept"));
  const served = responses.filter(({ status }) => status === 200);
  const refused = responses.filter(({ status }) => status === 503);
  expect(served.length + refused.length).toBe(200);
  expect(refused.length).toBeGreaterThan(served.length);
  expect(refused.every((response) => response.headers.has("retry-after"))).toBe(true);
  const turns = (await Promise.all(served.map((response) => response.json()))) as Turn[];
  turns.sort((a, b) => a.arrival - b.arrival);
  expect(turns.map(({ begin }) => begin)).toEqual(turns.map((_, index) => turns[0]!.begin + index));
});

test.each(["/kept", "/unkept", "/unkept-long"])(
  "clients of %s that go away do not hold up the others",
  async (path) => {
    const gone = many(4, () => ask(`/gone${path}`).then((response) => response.text()));
    const others = many(12, () => ask("/unkept").then(({ status }) => status));
    expect(await others).toEqual(Array(12).fill(200));
    expect(await gone).toContain("gone");
    expect((await ask("/kept")).status).toBe(200);
  },
);

test("what a client asked for that has gone is not computed to its end", async () => {
  expect(await (await ask("/gone/parts")).text()).toBe("gone");
  const done = async () => (await (await ask("/parts/done")).json()) as number;
  await vi.waitFor(async () => {
    const before = await done();
    await ask("/kept");
    await ask("/kept");
    await ask("/kept");
    expect(await done()).toBe(before);
  }, 30_000);
  expect(await done()).toBeLessThan(200);
});
