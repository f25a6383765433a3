#!/usr/bin/env node
// npm create bertlet my-api: the command `bertlet init`, in a package without dependencies (scripts/build-package.ts bundles it).
import { init } from "../../src/cli/init/init.ts";
import { processIo } from "../../src/cli/process-io.ts";
import { exitCode, runCommand } from "../../src/cli/run.ts";

process.exitCode = await exitCode(processIo, () => runCommand(init, process.argv.slice(2), processIo));
