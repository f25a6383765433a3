// Writes a file so that it appears whole or not at all, also if the program is interrupted.
import { rmSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const partial = `${file}.partial`;
  const remove = () => rmSync(partial, { force: true });
  const stop = (signal: (typeof SIGNALS)[number]) => {
    remove();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    await writeFile(partial, bytes);
    await rename(partial, file);
  } catch (error) {
    remove();
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
