// Cold start in workerd: a fresh process for each try, its first request (load the model, run 16 tokens), and the second for comparison.
import { median, printTable } from "./table.ts";
import { prepareModels, someTokens, startBenchWorker } from "./workerd.ts";

const TRIES = 5;
const ENGINES = ["kernel", "ort"] as const;

export async function run(): Promise<void> {
  if (!(await prepareModels())) return;
  const first: Record<string, number[]> = { kernel: [], ort: [] };
  const second: Record<string, number[]> = { kernel: [], ort: [] };
  for (let index = 0; index < TRIES; index++) {
    for (const engine of ENGINES) {
      const worker = await startBenchWorker(engine);
      for (const times of [first, second]) {
        const start = performance.now();
        await worker.post(someTokens(16));
        times[engine]!.push(performance.now() - start);
      }
      await worker.close();
    }
  }
  const row = (name: string, times: Record<string, number[]>) => {
    const [kernel, ort] = ENGINES.map((engine) => median(times[engine]!)) as [number, number];
    return [name, kernel, ort, `1/${(ort / kernel).toFixed(1)}`];
  };
  printTable(
    "Cold start in workerd, all-MiniLM-L6-v2 int8, 16 tokens, over HTTP (ms, medians of alternating fresh processes)",
    ["", "kernel", "onnxruntime-web", "ratio"],
    [row("first request", first), row("second request", second)],
  );
}
