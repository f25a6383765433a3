import * as v from "valibot";
import { expect, test } from "vitest";
import { readSetting } from "../../src/runtime/settings.ts";

const schema = v.strictObject({ heads: v.optional(v.array(v.string()), []) });
const read = (value: unknown) => readSetting("THING", schema, { THING: value });

test("a setting is JSON in a variable, or a table of wrangler.toml", () => {
  expect(read('{"heads":["a"]}')).toEqual({ heads: ["a"] });
  expect(read({ heads: ["a"] })).toEqual({ heads: ["a"] });
  expect(read("{}")).toEqual({ heads: [] });
});

test("a setting that is not set, or empty, is undefined", () => {
  expect(readSetting("THING", schema, {})).toBeUndefined();
  expect(read("")).toBeUndefined();
});

test("a mistake names the variable and the field", () => {
  expect(() => read("{")).toThrow(/^THING is not JSON: /);
  expect(() => read({ heads: ["a", 7] })).toThrow(/^THING\.heads\.1: /);
  expect(() => read({ head: [] })).toThrow(/^THING\.head: /);
  expect(() => read("7")).toThrow(/^THING: /);
});
