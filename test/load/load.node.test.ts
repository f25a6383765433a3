// The gateway, as it is deployed, under four times what it sustains: what it says no to, that it says something to everybody, and its memory.
// `npm run bench -- load` prints the figures of a longer run; nothing here depends on speed.
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle, type Deployed, start } from "./deployed.ts";
import { offer } from "./offer.ts";

const CONNECTIONS = 200;
const ALLOWED = [200, 429, 503];
// Of the whole process, whose heap has no limit here and is collected late: it grows at first, and less and less.
const MEMORY_MARGIN = 1.5;

let gateway: Deployed;
beforeAll(async () => {
  gateway = await start(await bundle());
});
afterAll(() => gateway.close());

test("too many requests are answered with 200, 429 or 503, every one of them, in the same memory", async () => {
  const sustained = await offer(gateway.url, { connections: 4, until: { seconds: 3 } });
  expect([...sustained.statuses.keys()]).toEqual([200]);
  const rate = Math.ceil((4 * sustained.accepted.length) / sustained.seconds);

  const overload = (seconds: number) =>
    offer(gateway.url, { connections: CONNECTIONS, rate, until: { requests: seconds * rate } });
  const before = await overload(3);
  const memory = await gateway.memory();
  const after = await overload(3);
  expect(await gateway.memory()).toBeLessThan(MEMORY_MARGIN * memory);

  for (const { statuses, accepted, unanswered } of [before, after]) {
    expect([...statuses.keys()].filter((status) => !ALLOWED.includes(status))).toEqual([]);
    expect(accepted.length).toBeGreaterThan(0);
    expect(unanswered).toBe(0);
  }
  expect((await fetch(new URL("/health", gateway.url))).status).toBe(200);
});

test("of a burst far above it, most are refused, and all are answered", async () => {
  const { statuses, accepted, unanswered } = await offer(gateway.url, { connections: 400, until: { requests: 800 } });
  expect([...statuses.keys()].toSorted()).toEqual([200, 503]);
  expect(accepted.length + statuses.get(503)!).toBe(800);
  expect(unanswered).toBe(0);
  // Where computations leave no pause, the sockets are read as slowly as answers are given, and nearly all are accepted.
  expect(statuses.get(503)).toBeGreaterThan(accepted.length);
});
