// Python's programs, where they are installed: in the environment that BERTLET_PYTHON names, or python3's own.
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Python with these arguments, in a folder where it may leave what it likes. */
export function python(...args: readonly string[]): Promise<Finished> {
  return run(process.env.BERTLET_PYTHON ?? "python3", args);
}

/** The same in the environment that BERTLET_REFERENCE names, if it does: transformers 4.46.3 needs older packages than the clients do. */
export function reference(...args: readonly string[]): Promise<Finished> {
  return run(process.env.BERTLET_REFERENCE ?? process.env.BERTLET_PYTHON ?? "python3", args);
}

function run(command: string, args: readonly string[]): Promise<Finished> {
  const env = { ...process.env, NO_COLOR: "1", HF_HUB_OFFLINE: "0", HF_HUB_DISABLE_TELEMETRY: "1" };
  return new Promise((resolve) => {
    execFile(command, args, { env, cwd: tmpdir(), maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) || 1 : 0, stdout, stderr });
    });
  });
}

/** Why these packages cannot be used; undefined when they can. */
export async function missing(...packages: readonly string[]): Promise<string | undefined> {
  const { code } = await python("-c", `import ${packages.join(", ")}`);
  return code === 0 ? undefined : `python has no ${packages.join(", ")}: pip install them, or set BERTLET_PYTHON`;
}
