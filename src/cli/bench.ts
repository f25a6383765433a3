// bertlet bench: how long a model takes on this machine, by the length of its texts, in a form that can be sent in and compared.
import { cpus } from "node:os";
import { sha256 } from "../digest.ts";
import { loadPretrained } from "../models/load-pretrained.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { mulberry32 } from "../random.ts";
import { Tensor } from "../tensor.ts";
import { VERSION } from "../version.ts";
import { preferredBuild } from "../wasm/kernel/relaxed-simd.ts";
import { wasmWidth } from "../wasm/kernel/width.ts";
import { defineCommand, formatTable, UsageError } from "./command.ts";
import { NARROW, widenVectors } from "./wide-vectors.ts";

// Runs before the clock starts: V8 compiles what is hot.
const WARM_UP = 3;
const FEWEST_RUNS = 5;
const SEED = 1;
const LENGTHS = "8,16,32,64,128,256,512";

export const bench = defineCommand({
  name: "bench",
  summary: "measures how long a model takes on this machine, by the length of its texts",
  positionals: ["model"],
  options: {
    lengths: { type: "string", value: "<a,b>", summary: `tokens of a text (${LENGTHS}, as far as the model reads)` },
    seconds: { type: "string", value: "<n>", default: "2", summary: "how long each length is measured" },
    json: { type: "boolean", summary: "prints JSON" },
    narrow: NARROW,
  },
  async run({ lengths, seconds, json, narrow }, [source = ""], io) {
    const duration = readSeconds(seconds);
    const asked = readLengths(lengths ?? LENGTHS);
    await widenVectors(narrow);
    const model = await loadPretrained(source);
    try {
      const tooLong = asked.filter((length) => length > model.longestRow);
      if (tooLong.length > 0 && lengths !== undefined)
        throw new UsageError(`--lengths: the model takes at most ${model.longestRow} tokens, and not ${tooLong[0]}`);
      if (tooLong.length > 0)
        io.err(`note: ${tooLong.join(", ")} tokens are left out: the model takes at most ${model.longestRow}`);
      const rows = [];
      for (const length of asked.filter((length) => length <= model.longestRow)) {
        io.progress(`${length} tokens`);
        rows.push(await measure(model, length, duration));
      }
      io.progress("");
      const facts = { ...machine(), model: describe(model), lengths: rows };
      if (json) return io.out(JSON.stringify(facts));
      const { model: described, lengths: measured, ...others } = facts;
      const lines = Object.entries({ ...others, ...described }).map(([key, value]) => [key, String(value)]);
      for (const line of formatTable(lines)) io.out(line);
      for (const line of formatTable(
        measured.map(({ tokens, median_ms, texts_per_second }) => [
          `${tokens} tokens`,
          `${median_ms.toFixed(2)} ms, ${texts_per_second.toFixed(1)} texts a second`,
        ]),
      ))
        io.out(line);
    } finally {
      await model.session.release();
    }
  },
});

/** What the figures depend on beside the model. */
function machine() {
  return {
    version: VERSION,
    date: new Date().toISOString().slice(0, 10),
    runtime: `Node.js ${process.version}, V8 ${process.versions.v8}`,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    kernel: preferredBuild(),
    wasm_bits: wasmWidth.bits,
  };
}

function describe({ digest, origin, quantization, config }: LoadedModel) {
  return {
    name: origin?.name ?? null,
    digest,
    quantization,
    hidden_size: config.hidden_size,
    num_hidden_layers: config.num_hidden_layers,
  };
}

/** One text at a time, of tokens that are the same on every machine. `outputs` tells whether two machines gave the same bits. */
async function measure(model: LoadedModel, tokens: number, seconds: number) {
  const random = mulberry32(SEED);
  const { vocab_size } = model.config;
  const ids = BigInt64Array.from({ length: tokens }, () => BigInt(Math.floor(random() * vocab_size)));
  const feeds = {
    input_ids: new Tensor("int64", ids, [1, tokens]),
    attention_mask: new Tensor("int64", new BigInt64Array(tokens).fill(1n), [1, tokens]),
  };
  const output = `pooled.${model.embedding.pooling[0]}`;
  const run = async () => (await model.session.run(feeds, [output]))[output]!.data as Float32Array;
  let values = await run();
  for (let i = 1; i < WARM_UP; i++) await run();
  const times: number[] = [];
  const until = performance.now() + 1000 * seconds;
  while (times.length < FEWEST_RUNS || performance.now() < until) {
    const began = performance.now();
    values = await run();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)]!;
  const outputs = await sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return {
    tokens,
    runs: times.length,
    median_ms: median,
    best_ms: times[0]!,
    texts_per_second: 1000 / median,
    outputs,
  };
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw new UsageError(`--seconds is a number above 0, at most 3600, and not ${text}`);
}

function readLengths(text: string): number[] {
  return text.split(",").map((part) => {
    const length = Number(part);
    if (Number.isInteger(length) && length >= 1) return length;
    throw new UsageError(`--lengths are whole numbers from 1 on, separated by commas, and not ${text}`);
  });
}
