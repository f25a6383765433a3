// Requests in flight over HTTP in workerd, where a client that goes away stops its request without a word.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestHarness } from "wrangler";

const harness = createTestHarness({
  workers: [
    {
      config: {
        name: "guarded",
        main: "test/http/middleware/admission-worker.ts",
        compatibility_date: "2026-10-01",
        services: [{ binding: "SELF", service: "guarded" }],
      },
    },
  ],
});
let url: URL;
beforeAll(async () => {
  ({ url } = await harness.listen());
});
afterAll(() => harness.close());

const ask = async (path: string) => fetch(new URL(path, url));

test("two are served, others told to come again", async () => {
  const responses = await Promise.all(Array.from({ length: 6 }, () => ask("/slow")));
  expect(responses.map(({ status }) => status).toSorted()).toEqual([200, 200, 503, 503, 503, 503]);
  expect((await ask("/slow")).status).toBe(200);
});

test("a client that goes away leaves its place", async () => {
  for (let i = 0; i < 3; i++) {
    expect(await (await ask("/gone")).text()).toBe("gone");
    await new Promise((done) => setTimeout(done, 1200));
  }
  expect((await ask("/slow")).status).toBe(200);
});
