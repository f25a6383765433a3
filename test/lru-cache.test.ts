import { describe, expect, test } from "vitest";
import { LruCache } from "../src/lru-cache.ts";

describe("LruCache", () => {
  test("gives what was set", () => {
    const cache = new LruCache<string>(100, ({ length }) => length);
    cache.set("a", "one");
    expect(cache.get("a")).toBe("one");
    expect(cache.get("b")).toBeUndefined();
  });

  test("forgets what was used longest ago when the limit is reached", () => {
    const cache = new LruCache<string>(12, ({ length }) => length);
    cache.set("a", "111");
    cache.set("b", "222");
    cache.set("c", "333");
    cache.get("a");
    cache.set("d", "444");
    expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.get("d")]).toEqual(["111", undefined, "333", "444"]);
  });

  test("counts a value that replaces another once", () => {
    const cache = new LruCache<string>(8, ({ length }) => length);
    cache.set("a", "1");
    cache.set("a", "111");
    cache.set("b", "222");
    expect([cache.get("a"), cache.get("b")]).toEqual(["111", "222"]);
  });

  test("keeps nothing that is larger than itself, and loses nothing for it", () => {
    const cache = new LruCache<string>(8, ({ length }) => length);
    cache.set("a", "111");
    cache.set("b", "x".repeat(20));
    expect([cache.get("a"), cache.get("b")]).toEqual(["111", undefined]);
  });

  test("drops the old value when the new one is too large", () => {
    const cache = new LruCache<string>(8, ({ length }) => length);
    cache.set("a", "111");
    cache.set("a", "x".repeat(20));
    expect(cache.get("a")).toBeUndefined();
  });
});
