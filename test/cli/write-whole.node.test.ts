// A file, or a folder, that is being written when the program is interrupted.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeWhole, writeWholeFolder } from "../../src/cli/write-whole.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("A file is written whole, in place of the one before", async () => {
  const file = join(folder, "model");
  await writeFile(file, "old");
  await writeWhole(file, new TextEncoder().encode("new"));
  expect([await readdir(folder), await readFile(file, "utf8")]).toEqual([["model"], "new"]);
});

it("A folder is written whole, or not at all", async () => {
  const path = join(folder, "model");
  const bytes = new TextEncoder().encode("{}");
  await writeWholeFolder(
    path,
    new Map([
      ["config.json", bytes],
      ["1_Pooling/config.json", bytes],
    ]),
  );
  expect((await readdir(folder, { recursive: true })).sort()).toEqual([
    "model",
    "model/1_Pooling",
    "model/1_Pooling/config.json",
    "model/config.json",
  ]);
  const impossible = new Map([
    ["a", bytes],
    ["a/b", bytes],
  ]);
  await expect(writeWholeFolder(join(folder, "other"), impossible)).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["model"]);
});

// The program interrupts itself as soon as the partial file is there, many writes before it is complete.
const PROGRAM = `
import { existsSync } from "node:fs";
import { writeWhole, writeWholeFolder } from "./src/cli/write-whole.ts";
const [file, signal] = process.argv.slice(1);
const written = writeWhole(file, new Uint8Array(2 ** 28));
const interrupt = () => (existsSync(file + ".partial") ? process.kill(process.pid, signal) : setImmediate(interrupt));
interrupt();
await written;
`;

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "A program that is stopped by %s while it writes leaves the old file, and no other",
  async (signal, code) => {
    const file = join(folder, "model");
    await writeFile(file, "old");
    const { status } = spawnSync(process.execPath, ["--input-type=module", "--eval", PROGRAM, file, signal]);
    expect([status, await readdir(folder), await readFile(file, "utf8")]).toEqual([code, ["model"], "old"]);
  },
);
