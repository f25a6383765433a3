// Settings of a deployment: an unknown key stops the Worker and is answered with the known ones, and a key may have any name.

import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { mapOf } from "../../src/schemas.ts";
import { understand } from "../../src/tasks/index.ts";
import { createTagging } from "../../src/webhooks/tagging.ts";
import { readFixture } from "../fixtures.ts";

const HASH = "0".repeat(64);
const model = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
const limiter = { limit: async () => ({ success: true }) };
const source = { scheme: "github", secrets: "A", text: "$.text", tags: { sentiment: 0.5 } };

/** Starts an app, and its webhooks, with these variables. */
function start(env: Readonly<Record<string, unknown>>) {
  const bindings = { A: "secret", DELIVERIES: {}, TAGS: {}, DEAD_LETTERS: {}, RATE_LIMITER: limiter, ...env };
  return createApp({ model, tasks: [understand], groups: createTagging(bindings).groups, env: bindings });
}

describe("an unknown key stops the Worker, which lists the known ones", () => {
  test.each<[string, unknown, readonly string[]]>([
    ["API_KEYS", { [HASH]: { name: "a", surprise: 1 } }, ["name", "heads", "rate_limiter", "operator"]],
    ["RATE_LIMITS", { RATE_LIMITER: { limit: 1, period: 10, surprise: 1 } }, ["limit", "period"]],
    ["MODELS", { models: { a: { from: "bundled" } }, surprise: 1 }, ["default", "memory_bytes", "models"]],
    ["MODELS", { models: { a: { from: "bundled", surprise: 1 } } }, ["from", "memory_bytes"]],
    ["TAGGING", { sources: {}, surprise: 1 }, ["sources"]],
    ["TAGGING", { sources: { s: { ...source, surprise: 1 } } }, ["scheme", "secrets", "text", "tags", "callback"]],
    ["UNDERSTAND", { surprise: 1 }, ["parts", "heads", "oos_threshold"]],
  ])("%s %o", (name, value, known) => {
    for (const sent of [value, JSON.stringify(value)]) {
      expect(() => start({ [name]: sent })).toThrow(new RegExp(`^${name}\\..*surprise: unknown key`));
      for (const key of known) expect(() => start({ [name]: sent })).toThrow(new RegExp(`\\b${key}\\b`));
    }
  });
});

test.each(["constructor", "__proto__", "prototype"])(
  "a map keeps the key %s, and names it where its value is wrong",
  (key) => {
    const schema = mapOf(v.string(), v.number());
    const read = (json: string) => v.safeParse(schema, JSON.parse(json));
    expect(read(`{"a":1,"${key}":2}`).output).toEqual(
      new Map([
        ["a", 1],
        [key, 2],
      ]),
    );
    expect(v.getDotPath(read(`{"${key}":"x"}`).issues![0])).toBe(key);
  },
);

test.each([null, [], "text", 7])("%o is not a map", (value) => {
  expect(v.is(mapOf(v.string(), v.number()), value)).toBe(false);
});
