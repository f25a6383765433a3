// Clients of Python's as their users have them: scripts in python/ that ask a Worker and print what they understood, as JSON.
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { pythonOf } from "../functions/python.ts";
import type { RunningWorker } from "../functions/worker.ts";

// The clients need newer versions of some packages than the reference does, and so an environment of their own.
export const { missing, python } = pythonOf("BERTLET_CLIENTS");

export interface PythonClient {
  /** What Python has to have. */
  readonly modules: readonly string[];
  readonly script: string;
  /** What the script prints, at least. */
  readonly gets: object;
}

/** A test of each script. @param what the script understands, for the title */
export function testPythonClients(clients: readonly PythonClient[], what: string, worker: () => RunningWorker): void {
  test.for(clients)(
    `$script understands ${what}`,
    { timeout: 300_000 },
    async ({ modules, script, gets }, { skip }) => {
      const reason = await missing(...modules);
      if (reason) return skip(reason);
      const { code, stdout, stderr } = await python(resolve("test/clients/python", script), worker().url.href);
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject(gets);
    },
  );
}
