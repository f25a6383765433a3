// Speed of each kernel on the shapes of MiniLM-L6, in both builds: GMAC/s of products, microseconds of everything else.
// `node bench/kernels.ts` prints it. Every figure is the median of runs that alternate between the builds.
import { loadKernelModule } from "../src/wasm/kernel/modules.node.ts";
import { Activation, type KernelBuild, type KernelExports } from "../src/wasm/kernels/abi.ts";
import { printTable } from "./table.ts";

const builds: readonly KernelBuild[] = ["relaxed", "baseline"];
const ROUNDS = 9;
const SLICE_MS = 4;

// A hidden size of 384 in 12 heads of 32, and a feed-forward of 1536.
const [H, A, D, F] = [384, 12, 32, 1536];
const rowCounts = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const lengths = [8, 16, 32, 64, 128, 256, 512];
const products = [
  { K: H, N: 3 * H },
  { K: H, N: H },
  { K: H, N: F },
  { K: F, N: H },
];

/** A kernel instance and the addresses of its buffers: inputs are filled with numbers in −1…1, with room for 512 rows of F. */
interface Bench {
  kernel: KernelExports;
  x: number;
  q: number;
  scale: number;
  sum: number;
  /** Weights as f32, and as bytes that are valid as 7-bit weights and as pairs of 4-bit weights. */
  w: number;
  bytes: number;
  multiplier: number;
  wscale: number;
  bias: number;
  y: number;
  scratch: number;
}

async function open(build: KernelBuild): Promise<Bench> {
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 2048 });
  const instance = await WebAssembly.instantiate(await loadKernelModule(build), { env: { memory } });
  let end = 1024;
  const room = (bytes: number) => {
    const at = end;
    end += (bytes + 127) & ~127;
    return at;
  };
  const random = (count: number) => {
    const at = room(4 * count);
    new Float32Array(memory.buffer, at, count).forEach((_, i, values) => {
      values[i] = ((i * 7919) % 4093) / 2048 - 1;
    });
    return at;
  };
  const kernel = instance.exports as unknown as KernelExports;
  const bench: Bench = {
    kernel,
    x: random(512 * F),
    q: room(kernel.qd8_bytes(512, F)),
    scale: room(4 * 512),
    sum: room(4 * 512),
    w: random(H * F),
    bytes: room(H * F),
    multiplier: room((H * F) / 32),
    wscale: random(F),
    bias: random(F),
    y: room(4 * 512 * F),
    scratch: room(1 << 20),
  };
  new Uint8Array(memory.buffer, bench.bytes, H * F).forEach((_, i, values) => {
    values[i] = 1 + ((i * 7919) % 127);
  });
  quantize(512, F)(bench);
  return bench;
}

type Job = (bench: Bench) => void;

/** Milliseconds of one call, per build. */
function time(benches: readonly Bench[], job: Job): number[] {
  const calls = benches.map((bench) => {
    let count = 1;
    for (;;) {
      const elapsed = repeat(bench, job, count);
      if (elapsed >= SLICE_MS) return Math.ceil((count * SLICE_MS) / elapsed);
      count *= 2;
    }
  });
  const samples: number[][] = benches.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    benches.forEach((bench, i) => {
      samples[i]!.push(repeat(bench, job, calls[i]!) / calls[i]!);
    });
  }
  return samples.map((times) => times.sort((a, b) => a - b)[ROUNDS >> 1]!);
}

function repeat(bench: Bench, job: Job, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) job(bench);
  return performance.now() - start;
}

function gemmQd8(M: number, N: number, K: number, activation: Activation = Activation.none): Job {
  return ({ kernel, q, scale, sum, bytes, wscale, bias, y }) =>
    kernel.gemm_qd8_f32_qc7w(q, scale, sum, bytes, wscale, bias, y, 4 * N, M, N, K, activation);
}

function gemmF32(M: number, N: number, K: number): Job {
  return ({ kernel, x, w, bias, y }) => kernel.gemm_f32(x, 4 * K, w, bias, y, 4 * N, M, N, K, Activation.none);
}

/** q, k and v side by side in one matrix, as a fused projection writes them. */
function attention(M: number, S: number): Job {
  return ({ kernel, x, y, scratch }) =>
    kernel.attention_f32(
      x,
      12 * H,
      x + 4 * H,
      x + 8 * H,
      12 * H,
      y,
      4 * H,
      scratch,
      0,
      M,
      S,
      A,
      D,
      1 / Math.sqrt(D),
      0,
    );
}

function layernorm(M: number): Job {
  return ({ kernel, x, w, bias, wscale, y, q, scale, sum }) =>
    kernel.layernorm_f32_qd8(x, w, bias, wscale, y, 4 * H, M, H, 1e-12, q, scale, sum);
}

function quantize(M: number, K: number): Job {
  return ({ kernel, x, q, scale, sum }) => kernel.quantize_f32_qd8(x, 4 * K, q, scale, sum, M, K);
}

function gemmQm4(M: number, N: number, K: number): Job {
  return ({ kernel, q, scale, bytes, multiplier, wscale, bias, y }) =>
    kernel.gemm_qd8_f32_qm4w(q, scale, bytes, multiplier, wscale, bias, y, 4 * N, M, N, K, Activation.none);
}

const inGmacs = (benches: readonly Bench[], macs: number, job: Job) => time(benches, job).map((ms) => macs / ms / 1e6);

/** GMAC/s of the inner loop alone, per build: two tiles of rows by two panels, all in the L1 cache. */
function peaks(benches: readonly Bench[], job: (M: number, N: number, K: number) => Job): number[] {
  return inGmacs(benches, 8 * 16 * 512, job(8, 16, 512));
}

/** Peaks that stages are compared with, in GMAC/s: the inner loops of the int8 product and of the f32 one, which attention resembles. */
export async function innerLoops(build: KernelBuild): Promise<{ int8: number; f32: number }> {
  const bench = await open(build);
  const calls = 16;
  const fastest = (job: Job) => {
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 1000; round++) least = Math.min(least, repeat(bench, job, calls) / calls);
    return (8 * 16 * 512) / least / 1e6;
  };
  return { int8: fastest(gemmQd8(8, 16, 512)), f32: fastest(gemmF32(8, 16, 512)) };
}

/** Prints the tables. */
export async function run(): Promise<void> {
  const benches = await Promise.all(builds.map(open));
  const gmacs = (macs: number, job: Job) => inGmacs(benches, macs, job);
  const micros = (job: Job) => time(benches, job).map((ms) => ms * 1e3);

  const shapes = products.map(({ K, N }) => `${K}x${N}`);
  for (const [name, job] of [
    ["gemm_qd8_f32_qc7w", gemmQd8],
    ["gemm_qd8_f32_qm4w", gemmQm4],
    ["gemm_f32", gemmF32],
  ] as const) {
    const speeds = rowCounts.map((M) => products.map(({ K, N }) => gmacs(M * N * K, job(M, N, K))));
    const peak = peaks(benches, job);
    builds.forEach((build, b) => {
      const rows = rowCounts.map((M, i) => [String(M), ...speeds[i]!.map((speed) => speed[b]!)]);
      printTable(`${name}, ${build}, GMAC/s (K x N); inner loop alone ${peak[b]!.toFixed(1)}`, ["M", ...shapes], rows);
    });
  }

  printTable(
    "attention_f32, GMAC/s of scores and context",
    ["S", ...builds, ...builds.map((build) => `1 ${build}`)],
    lengths.map((S) => [
      String(S),
      ...gmacs(2 * S * S * D * A, attention(S, S)),
      ...gmacs(2 * S * D * A, attention(1, S)),
    ]),
  );

  // One encoder layer, and each kernel's share of it.
  const layer: readonly (readonly [string, (S: number) => Job])[] = [
    ["q, k, v", (S) => gemmQd8(S, 3 * H, H)],
    ["attention", (S) => attention(S, S)],
    ["quantise", (S) => quantize(S, H)],
    ["output", (S) => gemmQd8(S, H, H)],
    ["layernorm", (S) => layernorm(S)],
    ["ff, gelu", (S) => gemmQd8(S, F, H, Activation.gelu)],
    ["quantise", (S) => quantize(S, F)],
    ["ff out", (S) => gemmQd8(S, H, F)],
    ["layernorm", (S) => layernorm(S)],
  ];
  for (const S of [8, 64, 256]) {
    const times = layer.map(([, job]) => micros(job(S)));
    const totals = builds.map((_, b) => times.reduce((sum, time) => sum + time[b]!, 0));
    printTable(
      `an encoder layer at S = ${S}, µs and % of the layer`,
      ["", ...builds.flatMap((build) => [build, "%"])],
      [
        ...layer.map(([name], i) => [
          name,
          ...builds.flatMap((_, b) => [times[i]![b]!, (100 * times[i]![b]!) / totals[b]!]),
        ]),
        ["all", ...totals.flatMap((total) => [total, 100])],
      ],
    );
  }
}

if (import.meta.main) await run();
