#!/usr/bin/env node
// The program `bertlet`. What it does is main.ts; here it meets the process.
import { constants } from "node:os";
import { main } from "./main.ts";
import { processIo } from "./process-io.ts";

// A reader that has seen enough, such as head, closes the pipe: the program ends as one that the signal stops.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(128 + constants.signals.SIGPIPE);
});

process.exitCode = await main(process.argv.slice(2), processIo);
