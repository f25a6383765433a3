// Both engines in workerd on the same weights: time for one text of S tokens, agreement, and wasm memory.
import { median, printTable } from "./table.ts";
import { prepareModels, someTokens, startBenchWorker } from "./workerd.ts";
import type { Timings } from "./workers/engines.ts";

const ENGINES = ["relaxed", "baseline", "ort", "ortWeightOnly"] as const;
type Four = [number, number, number, number];

const LENGTHS = [8, 16, 32, 64, 128, 256, 512];

export async function run(): Promise<void> {
  if (!(await prepareModels())) return;
  const worker = await startBenchWorker();
  try {
    const rows = [];
    for (const S of LENGTHS) {
      const ids = someTokens(S);
      const timings = await worker.post<Timings>({ ids, rounds: 15, repeats: Math.max(1, Math.round(160 / S)) });
      const [relaxed, baseline, ort, weightOnly] = ENGINES.map((engine) => median(timings[engine].times)) as Four;
      const ratio = (time: number, of: number) => `${(time / of).toFixed(2)}x`;
      rows.push([
        `${S}`,
        relaxed,
        baseline,
        ort,
        weightOnly,
        ratio(ort, relaxed),
        ratio(ort, baseline),
        ratio(weightOnly, relaxed),
        timings.relaxed.bytes / 1e6,
      ]);
    }
    printTable(
      "all-MiniLM-L6-v2 int8 in workerd, one text of S tokens, last_hidden_state (ms, medians of alternating runs)",
      ["S", "relaxed", "baseline", "ort", "ort, f32 sums", "ort/relaxed", "ort/baseline", "ort f32/relaxed", "MB"],
      rows,
    );
  } finally {
    await worker.close();
  }
}
