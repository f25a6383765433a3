// The variable CORS_ORIGINS: what it may hold, and that every mistake is found when the Worker starts.
import { expect, test } from "vitest";
import { readOrigins } from "../../../src/http/middleware/origins.ts";

const [one, two] = ["https://example.com", "http://localhost:8787"];

test.each<[string, unknown, "*" | string[]]>([
  ["nothing", undefined, "*"],
  ["nothing in it", "", "*"],
  ["a star", "*", "*"],
  ["an origin", one, [one]],
  ["origins with spaces or commas", ` ${one}, ${two}\n`, [one, two]],
  ["a list", [one, two], [one, two]],
  ["an empty list, for no other origin", [], []],
])("%s", (_what, CORS_ORIGINS, origins) => {
  expect(readOrigins({ CORS_ORIGINS })).toEqual(origins);
});

test.each<[string, unknown]>([
  ["a path", "https://example.com/"],
  ["no scheme", "example.com"],
  ["a port that is the default", "https://example.com:443"],
  ["capitals", "https://Example.com"],
  ["a pattern", "https://*.example.com/*"],
  ["another scheme", "ftp://example.com"],
  ["null, which any page can be", "null"],
  ["a star among others", `* ${one}`],
  ["another type", 7],
  ["a list of others", [one, 7]],
])("%s stops the Worker", (_what, CORS_ORIGINS) => {
  expect(() => readOrigins({ CORS_ORIGINS })).toThrow(/^CORS_ORIGINS: /);
});
