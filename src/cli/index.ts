#!/usr/bin/env node
// The command line: finds the command and reports failures in one line. What a command does is in its own file.
import { BertletError } from "../errors.ts";
import { convert, usage as convertUsage } from "./convert.ts";
import { UsageError } from "./usage.ts";

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = { convert };

const [name = "", ...args] = process.argv.slice(2);
try {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(convertUsage);
  await command(args);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof BertletError || isSystemError(error))) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** A file that cannot be read or written is the caller's affair, too: its message says all. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
