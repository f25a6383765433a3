// Both engines in workerd on the same weights: time for one text of S tokens, agreement, and wasm memory.
import { median, printTable } from "./table.ts";
import { prepareModels, someTokens, startBenchWorker } from "./workerd.ts";
import type { Timings } from "./workers/engines.ts";

const LENGTHS = [8, 16, 32, 64, 128, 256, 512];

export async function run(): Promise<void> {
  if (!(await prepareModels())) return;
  const worker = await startBenchWorker();
  try {
    const rows = [];
    for (const S of LENGTHS) {
      const timings = await worker.post<Timings>({ ids: someTokens(S), rounds: S <= 64 ? 41 : S <= 256 ? 15 : 7 });
      const [relaxed, baseline, ort] = (["relaxed", "baseline", "ort"] as const).map((name) => timings[name]);
      const time = [relaxed, baseline, ort].map((engine) => median(engine!.times)) as [number, number, number];
      rows.push([
        `${S}`,
        ...time,
        `${(time[2] / time[0]).toFixed(2)}x`,
        `${(time[2] / time[1]).toFixed(2)}x`,
        cosine(relaxed!.vector, ort!.vector).toFixed(4),
        relaxed!.bytes / 1e6,
        ort!.bytes / 1e6,
      ]);
    }
    printTable(
      "all-MiniLM-L6-v2 int8 in workerd, one text of S tokens, last_hidden_state (ms, medians of alternating runs)",
      ["S", "relaxed", "baseline", "onnxruntime-web", "ratio", "ratio of baseline", "cosine", "MB", "MB of ort"],
      rows,
    );
  } finally {
    await worker.close();
  }
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
