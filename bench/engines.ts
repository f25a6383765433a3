// Both engines on the same weights in one runtime: time for one text of S tokens, and wasm memory. That they agree is checked.
import type { Timings } from "./lab/lab.ts";
import type { OpenLab, Runtime } from "./lab/runtime.ts";
import { type Embedder, prepareEmbedder } from "./models.ts";
import { median, printTable, ratio } from "./table.ts";
import { someTokens } from "./tokens.ts";

const ENGINES = ["relaxed", "baseline", "ort", "ortWeightOnly"] as const;
type Four = [number, number, number, number];

const LENGTHS = [8, 16, 32, 64, 128, 256, 512];
const ROUNDS = 15;
const FETCHES = ["last_hidden_state"];

export async function run(runtime: Runtime): Promise<void> {
  if (runtime.absent) return console.log(`left out: ${runtime.absent}`);
  const models = await prepareEmbedder();
  if (!models) return;
  const lab = await runtime.open();
  try {
    await loadAll(lab, models);
    const rows = [];
    for (const S of LENGTHS) {
      const timings = await measure(lab, S);
      const [relaxed, baseline, ort, weightOnly] = ENGINES.map((engine) => median(timings.times[engine]!)) as Four;
      const ratios = [ratio(ort, relaxed), ratio(ort, baseline), ratio(weightOnly, relaxed)];
      rows.push([`${S}`, relaxed, baseline, ort, weightOnly, ...ratios, timings.bytes.relaxed! / 1e6]);
    }
    printTable(
      `all-MiniLM-L6-v2 int8 in ${runtime.name}, one text of S tokens, last_hidden_state (ms, medians of alternating runs)`,
      ["S", "relaxed", "baseline", "ort", "ort, f32 sums", "ort/relaxed", "ort/baseline", "ort f32/relaxed", "MB"],
      rows,
    );
  } finally {
    await lab.close();
  }
}

async function loadAll(lab: OpenLab, { packed, dynamic, weightOnly }: Embedder): Promise<void> {
  await lab.load({ name: "relaxed", engine: "relaxed" }, packed);
  await lab.load({ name: "baseline", engine: "baseline" }, packed);
  await lab.load({ name: "ort", engine: "ort" }, dynamic);
  await lab.load({ name: "ortWeightOnly", engine: "ort" }, weightOnly);
}

async function measure(lab: OpenLab, S: number): Promise<Timings> {
  const call = { texts: [someTokens(S)], padded: true, fetches: FETCHES };
  const subjects = Object.fromEntries(ENGINES.map((engine) => [engine, [{ ...call, session: engine }]]));
  const timings = await lab.time({ subjects, rounds: ROUNDS, repeats: Math.max(1, Math.round(160 / S)) });
  for (const engine of ENGINES) checkAgreement(timings, engine, "relaxed");
  return timings;
}

/** @throws Error where two subjects compute different things, beyond what int8 costs */
export function checkAgreement({ outputs }: Timings, name: string, other: string): void {
  const [a, b] = [outputs[name]!, outputs[other]!];
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  if (!(cosine > 0.95)) throw new Error(`${name} and ${other} do not agree: cosine ${cosine}`);
}
