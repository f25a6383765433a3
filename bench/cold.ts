// Cold start in workerd: a fresh process for each try, its first request (load the model, run 16 tokens) and the second for comparison; and
// the wasm memory that each engine holds after a text of 256 tokens.
import { printSteps } from "./cold-steps.ts";
import { prepareEmbedder } from "./models.ts";
import { median, printTable } from "./table.ts";
import { someTokens } from "./tokens.ts";
import { startBenchWorker } from "./workerd.ts";

const TRIES = 5;
const ENGINES = ["kernel", "ort"] as const;

interface Try {
  readonly first: number;
  readonly second: number;
  readonly megabytes: number;
}

export async function run(): Promise<void> {
  if (!(await prepareEmbedder())) return;
  const tries: Record<string, Try[]> = { kernel: [], ort: [] };
  for (let index = 0; index < TRIES; index++) for (const engine of ENGINES) tries[engine]!.push(await start(engine));
  const row = (name: string, figure: keyof Try) => {
    const [kernel, ort] = ENGINES.map((engine) => median(tries[engine]!.map((one) => one[figure]))) as [number, number];
    return [name, kernel, ort, `1/${(ort / kernel).toFixed(1)}`];
  };
  printTable(
    "Cold start in workerd, all-MiniLM-L6-v2 int8, over HTTP (medians of alternating fresh processes)",
    ["", "kernel", "onnxruntime-web", "ratio"],
    [
      row("first request, 16 tokens (ms)", "first"),
      row("second request, 16 tokens (ms)", "second"),
      row("wasm memory after 256 tokens (MB)", "megabytes"),
    ],
  );
  await printSteps();
}

async function start(engine: string): Promise<Try> {
  const worker = await startBenchWorker(engine);
  const post = (S: number) => worker.send<{ bytes: number }>("POST", "/", JSON.stringify(someTokens(S)));
  const timed = async () => {
    const start = performance.now();
    await post(16);
    return performance.now() - start;
  };
  const first = await timed();
  const second = await timed();
  const { bytes } = await post(256);
  await worker.close();
  return { first, second, megabytes: bytes / 1e6 };
}
