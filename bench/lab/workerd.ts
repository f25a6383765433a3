// A lab in a real workerd: bench/workers/lab.ts, asked over HTTP. Models come as bodies of requests, for a script would hold them twice.
import { openAsBlob } from "node:fs";
import { startBenchWorker } from "../workerd.ts";
import type { Timings } from "./lab.ts";
import type { Runtime } from "./runtime.ts";

export const workerd: Runtime = {
  name: "workerd",
  async open() {
    const worker = await startBenchWorker("lab");
    return {
      load: async (what, path) => worker.send("PUT", `/?${new URLSearchParams({ ...what })}`, await openAsBlob(path)),
      time: (plan) => worker.send<Timings>("POST", "/", JSON.stringify(plan)),
      close: () => worker.close(),
    };
  },
};
