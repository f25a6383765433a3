// Standard output and standard error.
import type { Io } from "./command.ts";

const CLEAR_LINE = "\r\x1b[K";

export const processIo: Io = {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  progress: (line) => {
    if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE + line);
  },
};
