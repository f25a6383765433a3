// Where a run of the default model spends its time: each stage at several lengths, its share of the total, and its speed next to the peak
// of its inner loop. `node bench/stages.ts` prints it. A stage is the purpose of a kernel call; the rest is TypeScript. Each call of a run
// is counted with its fastest time over many runs, to exclude other load on the machine.
import { readFile } from "node:fs/promises";
import { Tensor } from "onnxruntime-common";
import { preferredBuild } from "../src/wasm/kernel/relaxed-simd.ts";
import { KernelSession } from "../src/wasm/kernel/session.ts";
import { innerLoops } from "./kernels.ts";
import { printTable } from "./table.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const LENGTHS = [8, 16, 64, 128, 256, 512];
const FETCHES = ["last_hidden_state", "sentiment.logits"];
const LENGTH_MS = 2500;
const LEAST_RUNS = 12;

const STAGES = [
  "embedding",
  "q, k, v",
  "attention",
  "attention output",
  "feed-forward up, gelu",
  "feed-forward down",
  "norms, quantise",
  "pooler and head",
  "TypeScript",
] as const;
type Stage = (typeof STAGES)[number];

/** The calls of one run in order, each with its fastest time so far in milliseconds. */
interface Meter {
  calls: { readonly stage: Stage; readonly macs: number; fastest: number }[];
  /** The index of the next call, and the milliseconds spent in kernels since the run began. */
  next: number;
  inKernels: number;
}

type Kernel = (...args: number[]) => unknown;

/** A session with timed kernels; it makes the same calls as any session. */
async function open(): Promise<{ session: KernelSession; meter: Meter }> {
  const file = await readFile(MODEL);
  const { Instance } = WebAssembly;
  const meter: Meter = { calls: [], next: 0, inKernels: 0 };
  WebAssembly.Instance = function timed(module: WebAssembly.Module, imports: WebAssembly.Imports) {
    const kernels = Object.entries(new Instance(module, imports).exports);
    const exports = kernels.map(([name, kernel]) => [
      name,
      typeof kernel === "function" ? timedKernel(name, kernel as Kernel, meter) : kernel,
    ]);
    return { exports: Object.fromEntries(exports) };
  } as unknown as typeof WebAssembly.Instance;
  try {
    return { session: await KernelSession.create(file), meter };
  } finally {
    WebAssembly.Instance = Instance;
  }
}

function timedKernel(name: string, kernel: Kernel, meter: Meter): Kernel {
  if (name.startsWith("qd8_") || name === "attention_scratch") return kernel;
  return (...args) => {
    const start = performance.now();
    kernel(...args);
    const elapsed = performance.now() - start;
    meter.inKernels += elapsed;
    const at = meter.next++;
    meter.calls[at] ??= { ...describe(name, args), fastest: elapsed };
    meter.calls[at].fastest = Math.min(meter.calls[at].fastest, elapsed);
  };
}

function describe(name: string, args: readonly number[]): { stage: Stage; macs: number } {
  if (name.startsWith("embed")) return { stage: "embedding", macs: 0 };
  if (name === "attention_f32") {
    const [M, S, A, D] = args.slice(9) as [number, number, number, number];
    return { stage: "attention", macs: 2 * M * S * A * D };
  }
  if (!name.startsWith("gemm")) return { stage: "norms, quantise", macs: 0 };
  const [M, N, K, activation] = args.slice(-4) as [number, number, number, number];
  const macs = M * N * K;
  if (name === "gemm_f32" || (N === K && activation)) return { stage: "pooler and head", macs };
  if (N === 3 * K) return { stage: "q, k, v", macs };
  if (N === K) return { stage: "attention output", macs };
  return { stage: N > K ? "feed-forward up, gelu" : "feed-forward down", macs };
}

/** Milliseconds and multiply-adds per stage of one run of S tokens. */
async function measure(S: number, { session, meter }: Awaited<ReturnType<typeof open>>) {
  const ids = Int32Array.from({ length: S }, (_, i) => 1000 + ((i * 7919) % 20_000));
  const feeds = { input_ids: new Tensor("int32", ids, [1, S]) };
  meter.calls = [];
  let between = Number.POSITIVE_INFINITY;
  const end = performance.now() + LENGTH_MS;
  for (let run = 0; run < LEAST_RUNS || performance.now() < end; run++) {
    meter.next = 0;
    meter.inKernels = 0;
    const start = performance.now();
    await session.run(feeds, FETCHES);
    between = Math.min(between, performance.now() - start - meter.inKernels);
  }
  const sum = (stage: Stage, of: (call: Meter["calls"][number]) => number) =>
    meter.calls.reduce((total, call) => total + (call.stage === stage ? of(call) : 0), 0);
  return {
    times: STAGES.map((stage) => (stage === "TypeScript" ? between : sum(stage, ({ fastest }) => fastest))),
    macs: STAGES.map((stage) => sum(stage, ({ macs }) => macs)),
  };
}

/** Prints the tables. */
export async function run(): Promise<void> {
  const build = preferredBuild();
  const peak = await innerLoops(build);
  const opened = await open();
  const measured: Awaited<ReturnType<typeof measure>>[] = [];
  for (const S of LENGTHS) measured.push(await measure(S, opened));
  const totals = measured.map(({ times }) => times.reduce((sum, time) => sum + time, 0));
  const header = ["", ...LENGTHS.map((S) => `S = ${S}`)];

  printTable(`MiniLM-L6 int8, one text of S tokens, ${build} build: µs per stage`, header, [
    ...STAGES.map((stage, i) => [stage, ...measured.map(({ times }) => 1e3 * times[i]!)]),
    ["total", ...totals.map((total) => 1e3 * total)],
  ]);
  printTable(
    "Share of the total, %",
    header,
    STAGES.map((stage, i) => [stage, ...measured.map(({ times }, s) => (100 * times[i]!) / totals[s]!)]),
  );
  printTable(
    "GMAC/s, and the peak of the inner loop alone",
    [...header, "peak"],
    STAGES.flatMap((stage, i) =>
      measured[0]!.macs[i]! > 0 && stage !== "pooler and head"
        ? [
            [
              stage,
              ...measured.map(({ times, macs }) => macs[i]! / times[i]! / 1e6),
              stage === "attention" ? peak.f32 : peak.int8,
            ],
          ]
        : [],
    ),
  );
}

if (import.meta.main) await run();
