// openSource on folders: what is in it, and that nothing outside of it is read.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSource } from "../../src/source/source.ts";
import { expectError } from "../expect-error.ts";

describe("openSource of a folder", () => {
  let parent: string;
  let folder: string;

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), "bertlet-source-"));
    folder = join(parent, "model");
    await mkdir(join(folder, "heads", "mood"), { recursive: true });
    await writeFile(join(folder, "config.json"), "{}");
    await writeFile(join(folder, "heads", "mood", "config.json"), "[]");
    await writeFile(join(parent, "secret"), "secret");
    await symlink(join(parent, "secret"), join(folder, "linked.safetensors"));
  });
  afterAll(() => rm(parent, { recursive: true }));

  const read = async (name: string) => {
    const bytes = await (await openSource(folder)).read(name);
    return bytes && new TextDecoder().decode(bytes);
  };

  it("reads files, also in folders inside", async () => {
    expect(await read("config.json")).toBe("{}");
    expect(await read("heads/mood/config.json")).toBe("[]");
  });

  it("follows links, as a download cache has them", async () => {
    expect(await read("linked.safetensors")).toBe("secret");
  });

  it.each(["", "/", "/."])(
    "lists files and no folders, by their path inside (path written with %j at its end)",
    async (end) => {
      const names = await (await openSource(folder + end)).list();
      expect(names.sort()).toEqual(["config.json", "heads/mood/config.json", "linked.safetensors"]);
    },
  );

  it.each(["model.safetensors", "no/such/folder", "config.json/inside", "heads", "heads/mood", ".", "", "a..b"])(
    "has no file %j",
    async (name) => {
      expect(await read(name)).toBeUndefined();
    },
  );

  it.each([
    "../secret",
    "heads/../../secret",
    "..",
    "heads/..",
    "..\\secret",
    "heads\\..\\..\\secret",
    "\\secret",
    "C:\\secret",
    "a\0b",
  ])("refuses the name %j, which leads out", (name) =>
    expectError(() => read(name), "invalid_input", "is not the name of a file in the folder"),
  );

  it("refuses absolute paths", () =>
    expectError(() => read(join(parent, "secret")), "invalid_input", "is not the name of a file in the folder"));

  it.each(["missing", "config.json"])("must be a folder, and %s is none", (name) =>
    expectError(() => openSource(join(folder, name)), "not_found", "there is no folder"),
  );
});
