#!/usr/bin/env node
// The program `bertlet`. What it does is main.ts; here it meets the process.
import { main } from "./main.ts";
import { processIo } from "./process-io.ts";

process.exitCode = await main(process.argv.slice(2), processIo);
