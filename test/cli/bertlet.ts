// The command line in this process, and as a program.
import { spawnSync } from "node:child_process";
import { main } from "../../src/cli/main.ts";

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export async function bertlet(...args: readonly string[]): Promise<Outcome> {
  const lines: Record<"out" | "err", string> = { out: "", err: "" };
  const write = (stream: "out" | "err") => (line: string) => {
    lines[stream] += `${line}\n`;
  };
  return { code: await main(args, { out: write("out"), err: write("err"), progress: () => {} }), ...lines };
}

export function bertletProgram(...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["src/cli/index.ts", ...args], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}
