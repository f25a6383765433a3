// Starts a Worker as users do, wrangler.toml and all, in a real workerd with a real address.
import { createTestHarness } from "wrangler";

export interface RunningWorker {
  readonly url: URL;
  close(): Promise<void>;
}

/**
 * @param env the function that is deployed alone, by its environment in functions/wrangler.toml; the gateway when left out
 * @param vars its variables
 */
export async function startWorker(env?: string, vars: Readonly<Record<string, string>> = {}): Promise<RunningWorker> {
  const configPath = env ? "./functions/wrangler.toml" : "./wrangler.toml";
  const harness = createTestHarness({ workers: [{ configPath, vars, ...(env && { env }) }] });
  const { url } = await harness.listen();
  return { url, close: () => harness.close() };
}
