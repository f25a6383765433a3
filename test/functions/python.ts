// Python's programs, where they are installed: in the environment that a variable names, or python3's own.
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Python {
  /** Runs Python with these arguments, in a folder where it may leave what it likes. */
  python(...args: readonly string[]): Promise<Finished>;
  /** Why these packages cannot be used; undefined when they can. */
  missing(...packages: readonly string[]): Promise<string | undefined>;
}

// Finds modules without importing them, which can take many seconds.
const FIND = `
import sys
from importlib.util import find_spec
sys.exit(not all(find_spec(name) for name in sys.argv[1:]))
`;

/** The interpreter that the variable names, that of BERTLET_PYTHON, or python3. */
export function pythonOf(variable: string): Python {
  const command = process.env[variable] ?? process.env.BERTLET_PYTHON ?? "python3";
  const env = { ...process.env, NO_COLOR: "1", HF_HUB_OFFLINE: "0", HF_HUB_DISABLE_TELEMETRY: "1" };
  const python = (...args: readonly string[]) =>
    new Promise<Finished>((resolve) => {
      execFile(command, args, { env, cwd: tmpdir(), maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) || 1 : 0, stdout, stderr });
      });
    });
  const missing = async (...packages: readonly string[]) => {
    const { code } = await python("-c", FIND, ...packages);
    return code === 0 ? undefined : `python has no ${packages.join(", ")}: pip install them, or set ${variable}`;
  };
  return { python, missing };
}

export const { python, missing } = pythonOf("BERTLET_PYTHON");

/** transformers 4.46.3 needs older packages than the clients do. */
export const { python: reference, missing: missingReference } = pythonOf("BERTLET_REFERENCE");
