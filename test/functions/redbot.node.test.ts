// HTTP as the RFCs have it, in the eyes of REDbot (Mark Nottingham): it asks for a page with and without validators and content codings.
import { afterAll, beforeAll, expect, test } from "vitest";
import { missing, python } from "./python.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

let worker: RunningWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

/** What REDbot may say of any answer. */
const HARMLESS = [
  // Parameters of Server-Timing are optional.
  /^The '\w+' metric is missing the '\w+' parameter\.$/,
  // Added by the platform, as are content codings and the Vary that belongs to them; the local runtime's have neither.
  "This response doesn't have a Date header.",
  "The compressed response is negotiated, but doesn't have an appropriate Vary header.",
  "The ETag doesn't change between negotiated representations.",
  /^Content negotiation for gzip compression /,
  // It is what lets a shared cache keep an answer to a request with a key.
  "Cache-Control: public is probably not necessary.",
  "The Content-Length header is correct.",
  "Inline scripts are allowed.",
  "This response sets a Content Security Policy.",
  // Without must-revalidate that holds for all answers, and a model's answer does not grow old.
  "In exceptional circumstances, caches can serve this response stale.",
];
const KEPT = ["This response allows all caches to store it.", "If-None-Match conditional requests are supported."];
const ANSWER = [...KEPT, "This response is fresh for 24 hours."];
const PAGE = [...KEPT, "This response cannot be served from cache without validation."];
const FRESH = ["This response can't be stored by caches."];

test.for<[path: string, notes: readonly string[]]>([
  ["/classify?inputs=good", ANSWER],
  ["/embed?inputs=good", ANSWER],
  ["/openapi.json", PAGE],
  ["/docs", PAGE],
  ["/info", FRESH],
  ["/health", FRESH],
  ["/metrics", [...FRESH, "The response content is different when content negotiation happens."]],
  ["/classify?inputs=%20", [...FRESH, "The server didn't understand the request."]],
  ["/no-such-path", [...FRESH, "The resource could not be found."]],
  ["/rerank", [...FRESH, expect.stringContaining("method")]],
])("REDbot finds nothing wrong with %s", { timeout: 60_000 }, async ([path, expected], { skip }) => {
  const reason = await missing("redbot");
  if (reason) return skip(reason);
  const { code, stdout, stderr } = await python("-m", "redbot.cli", "-o", "text", new URL(path, worker.url).href);
  expect(code, stderr).toBe(0);
  const notes = Array.from(stdout.matchAll(/^ {2,}\* (.*)$/gm), ([, note]) => note!);
  const isHarmless = (note: string) =>
    HARMLESS.some((known) => (known instanceof RegExp ? known.test(note) : known === note));
  expect(notes.filter((note) => !isHarmless(note)).toSorted()).toEqual([...expected].toSorted());
});
