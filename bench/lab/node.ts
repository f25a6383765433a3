// A lab in this very Node process.
import { readFile } from "node:fs/promises";
import { Lab } from "./lab.ts";
import type { Runtime } from "./runtime.ts";

export const node: Runtime = {
  name: `Node ${process.version}`,
  async open() {
    const lab = new Lab();
    return {
      load: async (what, path) => lab.load(what, await readFile(path)),
      time: (plan) => lab.time(plan),
      close: async () => {},
    };
  },
};
