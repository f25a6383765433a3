// Standard output, standard error, and the terminal if there is one.
import { createInterface } from "node:readline/promises";
import type { Io } from "./command.ts";

const CLEAR_LINE = "\r\x1b[K";

async function prompt(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

export const processIo: Io = {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  progress: (line) => {
    if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE + line);
  },
  prompt: process.stdin.isTTY && process.stderr.isTTY ? prompt : undefined,
};
