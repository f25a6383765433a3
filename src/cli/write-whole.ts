// Writes a file or a folder so that it appears whole or not at all, also if the program is interrupted.
import { rmSync } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { dirname, join } from "node:path";

import { UsageError } from "./command.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  return write(file, (partial) => writeFile(partial, bytes));
}

/** @throws UsageError for a path that is taken */
export async function refuseExisting(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found) throw new UsageError(`${path} exists already`);
}

/** @param files by path within the folder, which must not exist */
export function writeWholeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  return write(folder, async (partial) => {
    await mkdir(partial);
    for (const [name, bytes] of files) {
      const path = join(partial, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
  });
}

/** Lets `fill` write under another name first. */
async function write(target: string, fill: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${target}.partial`;
  const remove = () => rmSync(partial, { force: true, recursive: true });
  const stop = (signal: (typeof SIGNALS)[number]) => {
    remove();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    await fill(partial);
    await rename(partial, target);
  } catch (error) {
    remove();
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
