// Starts the Workers of bench/workers in a real workerd.
import { createTestHarness } from "wrangler";

const CONFIG = "bench/workers/wrangler.toml";

export interface BenchWorker {
  /** @throws Error with the answer's text, where its status is no success */
  send<T>(method: string, path: string, body?: BodyInit): Promise<T>;
  close(): Promise<void>;
}

/** @param env a Worker of bench/workers/wrangler.toml */
export async function startBenchWorker(env: string): Promise<BenchWorker> {
  const harness = createTestHarness({ workers: [{ configPath: CONFIG, env }] });
  const { url } = await harness.listen();
  return {
    send: async <T>(method: string, path: string, body?: BodyInit) => {
      const response = await fetch(new URL(path, url), { method, body: body ?? null });
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      return (await response.json()) as T;
    },
    close: () => harness.close(),
  };
}
