// This checkout beside another one, for example of the commit before: the same text through both, in one process and alternating.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { Tensor } from "onnxruntime-common";
import { median, printTable } from "./table.ts";
import { someTokens } from "./tokens.ts";

const LENGTHS = [8, 16, 32, 64, 128, 256, 512];
const ROUNDS = 21;
const FETCHES = ["sentiment.logits"];
const MODELS = ["models/minilm-l6-heads/model.safetensors", "models/minilm-l6-heads.safetensors"];
const BUILDS = ["relaxed", "baseline"] as const;

type Build = (typeof BUILDS)[number];
/** What is used of a checkout, whichever commit it is of. */
interface Session {
  run(feeds: Record<string, Tensor>, fetches: readonly string[]): Promise<Record<string, Tensor>>;
  readonly memory: { readonly bytes: number };
}
interface Library {
  loadPretrained(bytes: Uint8Array, options: { build: Build }): Promise<{ readonly session: Session }>;
}

/** @param folder another checkout, with its kernels built */
export async function run(folder = ""): Promise<void> {
  if (folder === "") return console.log("left out: against needs the folder of another checkout");
  for (const build of BUILDS) {
    const sessions = [await open(folder, build), await open(".", build)];
    const rows = [];
    for (const S of LENGTHS) {
      const times = await measure(sessions, S);
      const [other, own] = times.map(median) as [number, number];
      const ratios = times[0]!.map((time, round) => time / times[1]![round]!);
      rows.push([`${S}`, other, own, median(ratios).toFixed(3)]);
    }
    const [other, own] = sessions.map(({ memory }) => (memory.bytes / 1e6).toFixed(1));
    printTable(
      `${build}: the default model, sentiment of one text of S tokens in Node (ms, medians of ${ROUNDS} alternating runs; memory ${other} and ${own} MB)`,
      ["S", "other", "this", "other/this"],
      rows,
    );
  }
}

async function open(folder: string, build: Build): Promise<Session> {
  const base = new URL(`${pathToFileURL(folder)}/`);
  const { loadPretrained } = (await import(new URL("src/index.ts", base).href)) as Library;
  const files = await Promise.all(MODELS.map((path) => readFile(new URL(path, base)).catch(() => undefined)));
  const bytes = files.find((file) => file !== undefined);
  if (!bytes) throw new Error(`${folder} has no default model`);
  return (await loadPretrained(bytes, { build })).session;
}

/** Milliseconds of each session in each round; the first round warms up and does not count. */
async function measure(sessions: readonly Session[], S: number): Promise<number[][]> {
  const ids = someTokens(S);
  const feeds = { input_ids: new Tensor("int32", Int32Array.from(ids), [1, S]) };
  const repeats = Math.max(1, Math.round(160 / S));
  const times: number[][] = sessions.map(() => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, session] of sessions.entries()) {
      const start = performance.now();
      for (let repeat = 0; repeat < repeats; repeat++) await session.run(feeds, FETCHES);
      if (round > 0) times[index]!.push((performance.now() - start) / repeats);
    }
  }
  return times;
}
