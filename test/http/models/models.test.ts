// Several models in one budget: who is loaded, who is let go, and what is never.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Models } from "../../../src/http/models/models.ts";
import { readModelSettings } from "../../../src/http/models/settings.ts";
import type { LoadedModel } from "../../../src/models/loaded-model.ts";

const MIB = 2 ** 20;
const SHA = "0".repeat(64);
const stored = (parts: string, memory_bytes?: number) => ({
  ...{ from: "r2", binding: "BUCKET", parts: [parts], bytes: 24 * MIB, sha256: SHA },
  ...(memory_bytes && { memory_bytes }),
});
const BUNDLED = { name: "bundled", bytes: 24 * MIB, digest: "1".repeat(64) };

/** What loads would do, and what they did. */
let loads: string[];
let released: string[];
let load: (name: string) => Promise<void>;
beforeEach(() => {
  loads = [];
  released = [];
  load = async () => {};
});

function models(settings: object) {
  const environment = { BUCKET: {}, MODELS: JSON.stringify(settings) };
  return new Models(readModelSettings(environment, BUNDLED), async (spec, maximumMemory) => {
    const name = "parts" in spec ? spec.parts[0]! : "bundled";
    loads.push(name);
    await load(name);
    const session = { release: async () => void released.push(name) };
    return { session, digest: name, maximumMemory } as unknown as LoadedModel;
  });
}
const three = () => models({ memory_bytes: 90 * MIB, models: { a: stored("a"), b: stored("b"), c: stored("c") } });
/** A lease of a model that is loaded. */
async function acquire(all: Models, name?: string) {
  const { load, release } = all.lease(name);
  try {
    return { model: await load(), release };
  } catch (error) {
    release();
    throw error;
  }
}
const use = async (all: Models, name?: string) => {
  const lease = await acquire(all, name);
  lease.release();
  return lease.model.digest;
};

describe("models", () => {
  test("are loaded when asked for, once, by any number of requests", async () => {
    const all = three();
    expect(loads).toEqual([]);
    await Promise.all([use(all, "b"), use(all, "b"), use(all)]);
    expect(loads.toSorted()).toEqual(["a", "b"]);
    expect(await use(all, "b")).toBe("b");
    expect(loads).toHaveLength(2);
  });

  test("the longest unused is let go for another, and loaded again when asked for", async () => {
    const all = three();
    for (const name of ["a", "b", "a", "c"]) await use(all, name);
    expect(released).toEqual(["b"]);
    expect(await use(all, "b")).toBe("b");
    expect([loads, released]).toEqual([
      ["a", "b", "c", "b"],
      ["b", "a"],
    ]);
  });

  test("one in use is never let go, and whoever needs its room is told to come again", async () => {
    const all = three();
    const leases = [await acquire(all, "a"), await acquire(all, "b")];
    await expect(acquire(all, "c")).rejects.toMatchObject({ type: "model_unavailable", message: /no room/ });
    expect(released).toEqual([]);
    leases[1]!.release();
    leases[1]!.release();
    expect(await use(all, "c")).toBe("c");
    expect(released).toEqual(["b"]);
  });

  test("what is used by two is let go when both have given it back", async () => {
    const all = models({ memory_bytes: 50 * MIB, models: { a: stored("a"), b: stored("b") } });
    const [first, second] = [await acquire(all, "a"), await acquire(all, "a")];
    first.release();
    first.release();
    await expect(acquire(all, "b")).rejects.toMatchObject({ type: "model_unavailable" });
    second.release();
    await use(all, "b");
  });

  test("none is let go in vain", async () => {
    const all = models({
      memory_bytes: 100 * MIB,
      models: { a: stored("a"), b: stored("b"), big: stored("big", 90 * MIB) },
    });
    await use(all, "a");
    const held = await acquire(all, "b");
    await expect(acquire(all, "big")).rejects.toMatchObject({ type: "model_unavailable" });
    expect(released).toEqual([]);
    held.release();
    await use(all, "big");
    expect(released).toEqual(["a", "b"]);
  });

  test("the bundled one stays, for its bytes are gone", async () => {
    const all = models({ memory_bytes: 50 * MIB, models: { bundled: { from: "bundled" }, a: stored("a") } });
    await use(all);
    await expect(acquire(all, "a")).rejects.toMatchObject({ type: "model_unavailable" });
  });

  test("that are loading have their room already", async () => {
    const all = models({ memory_bytes: 50 * MIB, models: { a: stored("a"), b: stored("b") } });
    const loading = use(all, "a");
    await expect(acquire(all, "b")).rejects.toMatchObject({ type: "model_unavailable" });
    expect(await loading).toBe("a");
  });

  test("that fail leave nothing, and are tried again", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const all = models({ memory_bytes: 50 * MIB, models: { a: stored("a"), b: stored("b") } });
    load = async () => Promise.reject(new Error("cut"));
    const failed = await Promise.allSettled([acquire(all, "a"), acquire(all, "a")]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(loads).toEqual(["a"]);
    load = async () => {};
    expect([await use(all, "b"), await use(all, "a")]).toEqual(["b", "a"]);
    expect(log).toHaveBeenCalledTimes(1);
    log.mockRestore();
  });

  test("that nobody has are 404, and the others are named", async () => {
    await expect(acquire(three(), "d")).rejects.toMatchObject({ type: "not_found", message: /a, b, c/ });
    await expect(acquire(three(), "constructor")).rejects.toMatchObject({ type: "not_found" });
  });

  test("are told how much memory they may take", async () => {
    const told = async (settings: object, name: string) =>
      (await acquire(models(settings), name)).model as unknown as { maximumMemory: number };
    expect(await told({ models: { a: stored("a") } }, "a")).toMatchObject({ maximumMemory: 112 * MIB });
    const two = { models: { a: stored("a"), b: stored("b", 60 * MIB) } };
    expect(await told(two, "a")).toMatchObject({ maximumMemory: 40 * MIB });
    expect(await told(two, "b")).toMatchObject({ maximumMemory: 60 * MIB });
  });
});

describe("settings", () => {
  const read = (settings: object) => readModelSettings({ BUCKET: {}, MODELS: settings }, BUNDLED);

  test("are the bundled model alone where there are none", () => {
    expect(readModelSettings({}, BUNDLED)).toEqual({
      defaultName: "bundled",
      memoryBytes: 112 * MIB,
      models: new Map([["bundled", { spec: { from: "bundled" }, id: BUNDLED.digest, memoryBytes: 112 * MIB }]]),
    });
  });

  test("name the default, or it is the first", () => {
    const two = { b: stored("b"), a: stored("a") };
    expect(read({ models: two }).defaultName).toBe("b");
    expect(read({ default: "a", models: two }).defaultName).toBe("a");
  });

  test.each<[string, object, RegExp]>([
    ["no model", { models: {} }, /^MODELS\.models: expected a model/],
    ["a default that is none", { default: "b", models: { a: stored("a") } }, /^MODELS\.default: there is no model b/],
    ["an unknown place", { models: { a: { from: "ftp" } } }, /^MODELS\.models\.a\.from: /],
    ["no checksum", { models: { a: { ...stored("a"), sha256: undefined } } }, /^MODELS\.models\.a\.sha256: /],
    ["no parts", { models: { a: { ...stored("a"), parts: [] } } }, /^MODELS\.models\.a\.parts: /],
    [
      "a binding that is not there",
      { models: { a: { ...stored("a"), binding: "B" } } },
      /^MODELS\.models\.a: .* binding B/,
    ],
    [
      "assets without their binding",
      { models: { a: { ...stored("a"), from: "assets", binding: undefined } } },
      /ASSETS/,
    ],
    [
      "a model larger than all may be",
      { memory_bytes: 30 * MIB, models: { a: stored("a"), b: stored("b") } },
      /^MODELS\.models\.a: /,
    ],
    ["a name that no address could hold", { models: { "a/b": stored("a") } }, /expected letters/],
  ])("with %s stop the Worker", (_what, settings, message) => {
    expect(() => read(JSON.parse(JSON.stringify(settings)))).toThrow(message);
  });
});
