// One text of S tokens by the default model in Node, with and without V8's revectorisation of WebAssembly. The flag is the whole process's, so that every
// measurement has a process of its own, and the two kinds take turns.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Tensor } from "../src/tensor.ts";
import { enableRevectorization } from "../src/wasm/kernel/revectorization.ts";
import { KernelSession } from "../src/wasm/kernel/session.ts";
import { median, printTable, ratio } from "./table.ts";
import { someTokens } from "./tokens.ts";

const LENGTHS = [8, 16, 32, 64, 128, 256, 512];
const PAIRS = 3;
const RUNS = 15;

interface Measured {
  readonly isOn: boolean;
  /** Median milliseconds by length. */
  readonly milliseconds: readonly number[];
  /** SHA-256 of all outputs. */
  readonly digest: string;
}

export async function run(): Promise<void> {
  const [without, wide]: [Measured[], Measured[]] = [[], []];
  for (let pair = 0; pair < PAIRS; pair++) {
    without.push(await inProcess("128"));
    wide.push(await inProcess("256"));
  }
  if (!wide.every(({ isOn }) => isOn)) {
    console.log("\nrevectorization: there is none here; it needs Node on an x64 processor");
    return;
  }
  const rows = LENGTHS.map((S, at) => {
    const [narrow, broad] = [without, wide].map((all) => median(all.map(({ milliseconds }) => milliseconds[at]!)));
    return [String(S), narrow!, broad!, ratio(narrow!, broad!)];
  });
  printTable(
    "With and without revectorisation, int8, relaxed build (ms)",
    ["S", "128 bits", "256 bits", "128/256"],
    rows,
  );
  const digests = new Set([...without, ...wide].map(({ digest }) => digest));
  console.log(digests.size === 1 ? "\nThe outputs are the same to the last bit." : "\nTHE OUTPUTS DIFFER.");
}

async function inProcess(bits: "128" | "256"): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), bits]);
  return JSON.parse(stdout) as Measured;
}

async function measure(bits: string): Promise<Measured> {
  const isOn = bits === "256" && (await enableRevectorization());
  const session = await KernelSession.create(await readFile("models/minilm-l6-heads/model.safetensors"));
  const digest = createHash("sha256");
  const milliseconds: number[] = [];
  for (const S of LENGTHS) {
    const feeds = { input_ids: new Tensor("int32", Int32Array.from(someTokens(S)), [1, S]) };
    const times: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const began = performance.now();
      const { last_hidden_state } = await session.run(feeds, ["last_hidden_state"]);
      times.push(performance.now() - began);
      if (i === 0) digest.update(last_hidden_state!.data as Float32Array);
    }
    milliseconds.push(median(times));
  }
  await session.release();
  return { isOn, milliseconds, digest: digest.digest("hex") };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await measure(process.argv[2]!)));
