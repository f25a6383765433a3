// A Worker as it is deployed: bundled by wrangler, with the bindings of wrangler.toml, in one workerd process with nothing before it. The
// process can be watched, and killed.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions, type V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

const run = promisify(execFile);
const configOf = (env?: string) => (env ? "functions/wrangler.toml" : "wrangler.toml");

/** A bundle's folder, and the environment of functions/wrangler.toml that it is for. */
export interface Bundle {
  readonly folder: string;
  readonly env: string | undefined;
}

/** @param env the gateway when left out */
export async function bundle(env?: string): Promise<Bundle> {
  const folder = resolve("dist/load", env ?? "gateway");
  const environment = env ? ["--env", env] : [];
  await run("npx", ["wrangler", "deploy", "--config", configOf(env), ...environment, "--dry-run", "--outdir", folder]);
  return { folder, env };
}

export interface StartOptions {
  /** Variables and secrets. */
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Where Durable Objects are kept; nowhere when left out. */
  readonly persistTo?: string;
  /** What is otherwise than in wrangler.toml. */
  readonly overrides?: Partial<V4WorkerOptionsShape>;
  /** Workers in the same process. */
  readonly beside?: readonly V4WorkerOptions[];
}

export interface Deployed {
  readonly url: URL;
  /** Addresses of the Workers beside it. */
  readonly besides: readonly URL[];
  /** Bytes of memory that the process holds. */
  memory(): Promise<number>;
  /** Milliseconds of CPU time that the process has used. */
  cpu(): Promise<number>;
  /** SIGKILL: nothing of it gets a chance to finish. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

// Past the Worker that Miniflare puts before all others.
const DIRECT = { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };

export async function start(from: Bundle, options: StartOptions = {}): Promise<Deployed> {
  const { persistTo, beside = [] } = options;
  const workers = [await workerOf(from, options), ...beside].map((worker) => ({ ...worker, ...DIRECT }));
  const before = await workerdChildren();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: workers as V4WorkerOptions[],
      cf: false,
      logRequests: false,
      handleStructuredLogs: () => {},
      ...(persistTo && { resourcePersistencePath: persistTo }),
    }),
  );
  await miniflare.ready;
  const urls = await Promise.all(workers.map(({ name }) => miniflare.unsafeGetDirectURL(name as string)));
  const pid = [...(await workerdChildren())].find((child) => !before.has(child))!;
  return {
    url: urls[0]!,
    besides: urls.slice(1),
    memory: async () => 1024 * Number((await run("ps", ["-o", "rss=", "-p", String(pid)])).stdout),
    cpu: async () => {
      // After the command's name: user and system time are fields 14 and 15, in ticks of 10 ms.
      const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
      return 10 * (Number(fields[11]) + Number(fields[12]));
    },
    kill: async () => {
      process.kill(pid, "SIGKILL");
      await miniflare.dispose();
    },
    close: () => miniflare.dispose(),
  };
}

async function workerOf({ folder, env }: Bundle, { vars, overrides }: StartOptions): Promise<V4WorkerOptions> {
  const { assets: _, ...options } = unstable_getMiniflareWorkerOptions(configOf(env), env)
    .workerOptions as V4WorkerOptionsShape;
  return {
    ...options,
    ...overrides,
    name: env ?? "gateway",
    modules: await modulesIn(folder),
    modulesRoot: folder,
    bindings: { ...options.bindings, ...vars },
  } as V4WorkerOptions;
}

const MODULE_TYPES = { js: "ESModule", wasm: "CompiledWasm", safetensors: "Data" } as const;

/** The entry comes first. */
async function modulesIn(folder: string) {
  const names = (await readdir(folder)).toSorted((a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")));
  return names.flatMap((name) => {
    const type = MODULE_TYPES[name.split(".").at(-1) as keyof typeof MODULE_TYPES];
    return type ? [{ type, path: `${folder}/${name}` }] : [];
  });
}

/** The workerd processes that this process has started. */
async function workerdChildren(): Promise<Set<number>> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,args="]);
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  const own = rows.filter(([, parent, command]) => Number(parent) === process.pid && command?.endsWith("workerd"));
  return new Set(own.map(([pid]) => Number(pid)));
}
