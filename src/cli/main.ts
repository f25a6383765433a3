// The command line: the table of commands, and the options of the program itself.

import { VERSION } from "../version.ts";
import { addHead } from "./add-head.ts";
import { bench } from "./bench.ts";
import { type Command, formatTable, type Io, UsageError } from "./command.ts";
import { convert } from "./convert.ts";
import { evaluate } from "./eval/eval.ts";
import { finetune } from "./finetune.ts";
import { init } from "./init/init.ts";
import { inspect } from "./inspect.ts";
import { push } from "./push.ts";
import { exitCode, runCommand } from "./run.ts";
import { run } from "./run-task.ts";
import { serve } from "./serve.ts";
import { train } from "./train.ts";
import { trim } from "./trim.ts";

const COMMANDS: readonly Command[] = [
  convert,
  trim,
  inspect,
  train,
  finetune,
  addHead,
  evaluate,
  run,
  serve,
  push,
  bench,
  init,
];

/** Resolves to the exit code. */
export function main(args: readonly string[], io: Io): Promise<number> {
  return exitCode(io, () => dispatch(args, io));
}

async function dispatch([name, ...args]: readonly string[], io: Io): Promise<void> {
  if (name === "--help" || name === "help") return io.out(overview());
  if (name === "--version") return io.out(VERSION);
  const command = COMMANDS.find((known) => known.name === name);
  if (!command) {
    const known = `the commands are ${COMMANDS.map((known) => known.name).join(", ")}`;
    throw new UsageError(`${name === undefined ? "no command was given" : `there is no command ${name}`}; ${known}`);
  }
  await runCommand(command, args, io);
}

function overview(): string {
  const commands = formatTable(COMMANDS.map(({ name, summary }) => [name, summary]));
  return ["bertlet <command> [options]", "", ...commands, "", "bertlet <command> --help shows its options"].join("\n");
}
