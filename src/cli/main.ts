// The command line: finds the command, reads its arguments, and reports a failure in one line.
import { readFile } from "node:fs/promises";
import { BertletError } from "../errors.ts";
import { type Command, formatHelp, formatTable, type Io, parseCommandLine, UsageError } from "./command.ts";
import { convert } from "./convert.ts";

const COMMANDS: readonly Command[] = [convert];
const OLDEST_NODE = 22;

/** Resolves to the exit code: 0, 1 for a failure, 2 for a command line that makes no sense. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    checkNode();
    await dispatch(args, io);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof BertletError || isSystemError(error))) throw error;
    io.progress("");
    io.err(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function dispatch([name, ...args]: readonly string[], io: Io): Promise<void> {
  if (name === "--help" || name === "help") return io.out(overview());
  if (name === "--version") return io.out(await version());
  const command = COMMANDS.find((known) => known.name === name);
  if (!command) {
    const known = `the commands are ${COMMANDS.map((known) => known.name).join(", ")}`;
    throw new UsageError(`${name === undefined ? "no command was given" : `there is no command ${name}`}; ${known}`);
  }
  const { help, values, positionals } = parseCommandLine(command, args);
  if (help) return io.out(formatHelp(command));
  await command.run(values, positionals, io);
}

function overview(): string {
  const commands = formatTable(COMMANDS.map(({ name, summary }) => [name, summary]));
  return ["bertlet <command> [options]", "", ...commands, "", "bertlet <command> --help shows its options"].join("\n");
}

async function version(): Promise<string> {
  const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return JSON.parse(manifest).version;
}

function checkNode(): void {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < OLDEST_NODE)
    throw new UsageError(`bertlet needs Node.js ${OLDEST_NODE} or newer, and this is ${process.version}`);
}

/** A file that cannot be read or written: the system's message says all there is to say. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
