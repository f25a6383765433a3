// Runs the wrangler of the project at hand, which knows the account, its keys and the local stores of `wrangler dev`.
import { execFile } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { BertletError } from "../errors.ts";

// What wrangler prints of a file that it reads back.
const MOST_OUTPUT = 64 * 2 ** 20;
const MISSING = /could not determine executable|canceled due to missing packages|not found/i;

/**
 * @returns what it wrote to standard output
 * @throws BertletError `unavailable` with wrangler's own message
 */
export function wrangler(args: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { encoding: "buffer", maxBuffer: MOST_OUTPUT, shell: process.platform === "win32" } as const;
    execFile("npx", ["--no-install", "wrangler", ...args], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const said = stripVTControlCharacters(`${stdout}\n${stderr}`);
      reject(new BertletError("unavailable", messageOf(said, args)));
    });
  });
}

function messageOf(said: string, args: readonly string[]): string {
  const failure = /\[ERROR\]\s*(.+)/.exec(said)?.[1];
  if (failure) return `wrangler ${args.slice(0, 3).join(" ")}: ${failure.trim()}`;
  if (MISSING.test(said)) return "wrangler is not installed here; npm install --save-dev wrangler";
  return `wrangler ${args.slice(0, 3).join(" ")} failed: ${said.trim().split("\n").at(-1)}`;
}
