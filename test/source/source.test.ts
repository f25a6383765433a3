// openSource: where a model's files come from, in every runtime. Folders are in source.node.test.ts.
import { describe, expect, it } from "vitest";
import { type ModelSource, openSource, readJson, readRequired } from "../../src/source/source.ts";
import { expectError } from "../expect-error.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const own: ModelSource = {
  read: async (name) => (name === "a/config.json" ? bytes("{}") : undefined),
  list: async () => ["a/config.json"],
};

describe.each([
  ["a map", new Map([["a/config.json", bytes("{}")]])],
  ["a record", { "a/config.json": bytes("{}") }],
  ["a source of one's own", own],
])("openSource of %s", (_, files) => {
  it("reads a file by its name", async () => {
    expect(await (await openSource(files)).read("a/config.json")).toEqual(bytes("{}"));
  });

  it("lists names", async () => {
    expect(await (await openSource(files)).list()).toEqual(["a/config.json"]);
  });

  it.each(["config.json", "a", "", "toString", "__proto__", "../a/config.json"])("has no file %j", async (name) => {
    expect(await (await openSource(files)).read(name)).toBeUndefined();
  });
});

describe("openSource", () => {
  it("gives back a source as it is", async () => {
    expect(await openSource(own)).toBe(own);
  });

  it("takes a record in which a file is named read", async () => {
    const source = await openSource({ read: bytes("x") });
    expect(await source.read("read")).toEqual(bytes("x"));
  });

  it("misses a folder that does not exist", () =>
    expectError(() => openSource("./test/no-such-folder"), "not_found", "there is no folder ./test/no-such-folder"));
});

describe("readRequired", () => {
  it("reads a file that is there", async () => {
    expect(await readRequired(own, "a/config.json")).toEqual(bytes("{}"));
  });

  it("names one that is not", () =>
    expectError(() => readRequired(own, "config.json"), "not_found", "config.json is missing"));
});

describe("readJson", () => {
  const read = async (content: Uint8Array) => readJson(await openSource({ "x.json": content }), "x.json");

  it("parses, with and without a byte order mark", async () => {
    expect(await read(bytes('{"é": [1]}'))).toEqual({ é: [1] });
    expect(await read(bytes('\uFEFF{"a": 1}'))).toEqual({ a: 1 });
  });

  it("gives undefined for a file that is not there", async () => {
    expect(await readJson(own, "x.json")).toBeUndefined();
  });

  it.each([
    ["broken JSON", bytes('{"a": ')],
    ["an empty file", bytes("")],
    ["what is not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
  ])("refuses %s by the file's name", (_, content) =>
    expectError(() => read(content), "invalid_checkpoint", "x.json is not valid JSON"),
  );
});
