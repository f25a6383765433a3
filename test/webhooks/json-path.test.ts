import { describe, expect, test } from "vitest";
import { parsePath, valueAt } from "../../src/webhooks/json-path.ts";

const at = (value: unknown, path: string) => valueAt(value, parsePath(path));

describe("a path", () => {
  const value = { a: { "b c": [{ d: "x" }, null], "": 1, größe: 2 }, "0": "zero" };
  test.each([
    ["$", value],
    ["$.a['b c'][0].d", "x"],
    ['$["a"]["b c"][1]', null],
    ["$.a['']", 1],
    ["$.a.größe", 2],
    ["$['0']", "zero"],
  ])("%s leads to its value", (path, found) => {
    expect(at(value, path)).toEqual(found);
  });

  test.each([
    "$.b",
    "$.a.b.c",
    "$.a['b c'][2]",
    "$.a['b c'][0].d[0]",
    "$.a['b c'][1].d",
    "$.a['b c'].length",
    "$[0]",
    "$.constructor",
    "$.__proto__",
    "$.a.toString",
  ])("%s leads nowhere", (path) => {
    expect(at(value, path)).toBeUndefined();
  });

  test.each(["", "a", "$a", "$.", "$..a", "$.*", "$[*]", "$[-1]", "$[01]", "$[a]", "$['a", "$.a b", "$[?@.a]", "$.a."])(
    "%j is none",
    (path) => {
      expect(() => parsePath(path)).toThrow(path);
    },
  );
});
