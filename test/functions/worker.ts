// Starts a Worker as users do, wrangler.toml and all, in a real workerd with a real address.
import { createTestHarness } from "wrangler";

export interface RunningWorker {
  readonly url: URL;
  close(): Promise<void>;
}

/**
 * @param env the function that is deployed alone, by its environment in wrangler.toml; the gateway when left out
 * @param vars its variables
 */
export async function startWorker(env?: string, vars: Readonly<Record<string, string>> = {}): Promise<RunningWorker> {
  const harness = createTestHarness({ workers: [{ configPath: "./wrangler.toml", vars, ...(env && { env }) }] });
  const { url } = await harness.listen();
  return { url, close: () => harness.close() };
}
