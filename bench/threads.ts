// 32 real texts of mixed lengths in one call in Node: pools of one and two threads beside one session without threads, the encoder alone and with
// the tokenizer and heads; and single texts, several at once. The outputs are compared to the last bit.
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { readTexts } from "../src/heads/run.ts";
import { type LoadedModel, loadPacked } from "../src/models/loaded-model.ts";
import { loadPool } from "../src/pool/index.ts";
import { enableRevectorization } from "../src/wasm/kernel/revectorization.ts";
import { mixedTexts, TEXTS } from "./batch.ts";
import { median, printTable, ratio } from "./table.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const ROUNDS = 15;
const THREADS = [1, 2];
const HEADS = ["intent", "slots", "sentiment"];

type Subject = readonly [name: string, run: (model: LoadedModel) => Promise<unknown>];

export async function run(): Promise<void> {
  await enableRevectorization();
  const file = await readFile(MODEL);
  const models = [
    await loadPacked(file),
    ...(await Promise.all(THREADS.map((threads) => loadPool(file, { threads })))),
  ];
  const rows = [];
  for (const [name, run] of await subjects(models[0]!)) {
    await checkSame(name, models, run);
    const times = await measure(models, run);
    const [session, one, two] = times.map(median) as [number, number, number];
    rows.push([name, session, one, two, ratio(session, two), ratio(one, two)]);
  }
  printTable(
    `the default model in Node, ${availableParallelism()} processors (ms, medians of ${ROUNDS} alternating runs; texts of ../shared/data)`,
    ["", "session", "1 thread", "2 threads", "session/2", "1/2"],
    rows,
  );
  await Promise.all(models.map(({ session }) => session.release()));
}

async function subjects({ tokenization }: LoadedModel): Promise<Subject[]> {
  const texts = await mixedTexts();
  const { feeds } = tokenization!.encode(texts);
  const short = texts.slice(0, 8);
  return [
    [
      `${TEXTS} texts, ${feeds.input_ids!.data.length} tokens: last_hidden_state`,
      ({ session }) => session.run(feeds, ["last_hidden_state"]),
    ],
    [
      `the same: texts to ${HEADS.length} heads and vectors`,
      (model) => readTexts(model, texts, { heads: HEADS, vector: {} }),
    ],
    [
      "8 queries, asked one by one at the same time",
      (model) => Promise.all(short.map((text) => readTexts(model, [text], { heads: HEADS, vector: {} }))),
    ],
  ];
}

async function checkSame(name: string, models: readonly LoadedModel[], run: Subject[1]): Promise<void> {
  const [expected, ...others] = await Promise.all(models.map(async (model) => JSON.stringify(await run(model))));
  if (others.some((other) => other !== expected)) throw new Error(`${name}: the threads' outputs differ`);
}

/** Milliseconds of each model in each round; the first two rounds warm up and do not count. */
async function measure(models: readonly LoadedModel[], run: Subject[1]): Promise<number[][]> {
  const times: number[][] = models.map(() => []);
  for (let round = -2; round < ROUNDS; round++) {
    for (const [index, model] of models.entries()) {
      const start = performance.now();
      await run(model);
      if (round >= 0) times[index]!.push(performance.now() - start);
    }
  }
  return times;
}
