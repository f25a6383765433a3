// Runs a command, and turns what it throws into an exit code and one line.
import { BertletError } from "../errors.ts";
import { type Command, formatHelp, type Io, parseCommandLine, UsageError } from "./command.ts";

const OLDEST_NODE = 22;

/** Reads the arguments and runs the command, or prints its help. */
export async function runCommand(command: Command, args: readonly string[], io: Io): Promise<void> {
  const { help, values, positionals } = parseCommandLine(command, args);
  if (help) return io.out(formatHelp(command));
  await command.run(values, positionals, io);
}

/** Resolves to the exit code: 0, 1 for a failure, 2 for a command line that makes no sense. */
export async function exitCode(io: Io, work: () => Promise<void>): Promise<number> {
  try {
    checkNode();
    await work();
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof BertletError || isSystemError(error))) throw error;
    io.progress("");
    io.err(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
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
