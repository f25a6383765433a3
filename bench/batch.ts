// 32 real texts of mixed lengths in one call: real tokens a second of the kernels, which pad nothing, beside onnxruntime-web on the padded
// batch, and beside it on one text a call, which is the way around padding that every caller has.
import { checkAgreement } from "./engines.ts";
import type { OpenLab } from "./lab/runtime.ts";
import { workerd } from "./lab/workerd.ts";
import { prepareEmbedder } from "./models.ts";
import { sample, sentences, snips, squad, sst2 } from "./quality/data.ts";
import { median, printTable, ratio } from "./table.ts";
import { tokensOf } from "./tokens.ts";

export const TEXTS = 32;
const MAX_LENGTH = 512;
const ROUNDS = 5;
const FETCHES = ["last_hidden_state"];

export async function run(): Promise<void> {
  const models = await prepareEmbedder();
  if (!models) return;
  const lab = await workerd.open();
  try {
    await lab.load({ name: "kernel", engine: "relaxed" }, models.packed);
    await lab.load({ name: "ort", engine: "ort" }, models.dynamic);
    const rows = [];
    for (const [name, texts] of await batches()) rows.push([name, ...(await measure(lab, texts))]);
    printTable(
      `all-MiniLM-L6-v2 int8 in ${workerd.name}, ${TEXTS} texts a call, last_hidden_state (real tokens/s, medians of alternating runs; texts of ../shared/data)`,
      ["", "tokens", "padded", "kernel", "ort", "ort, one by one", "kernel/ort", "kernel/one by one", "MB", "ort MB"],
      rows,
    );
  } finally {
    await lab.close();
  }
}

/** 32 texts: queries, reviews, sentences and passages. */
export async function mixedTexts(): Promise<string[]> {
  return (await batches())[0]![1];
}

/** Each of 32 texts: as a caller's would be who sends what it has. The first is the mixture. */
async function batches(): Promise<[string, string[]][]> {
  const queries = (await snips()).map(({ words }) => words.join(" "));
  const reviews = (await sst2()).map(({ input }) => input);
  const single = (await sentences()).flat();
  const passages = [...new Set((await squad()).map(({ context }) => context))];
  const kinds = [queries, reviews, single, passages];
  return [
    ["queries, reviews, sentences, passages", kinds.flatMap((kind) => sample(kind, TEXTS / kinds.length))],
    ["queries and reviews", [queries, reviews].flatMap((kind) => sample(kind, TEXTS / 2))],
    ["sentences", sample(single, TEXTS)],
    ["passages", sample(passages, TEXTS)],
  ];
}

async function measure(lab: OpenLab, texts: readonly string[]): Promise<(string | number)[]> {
  const ids = await tokensOf(texts, MAX_LENGTH);
  const tokens = ids.flat().length;
  const padded = ids.length * Math.max(...ids.map(({ length }) => length));
  const timings = await lab.time({
    subjects: {
      kernel: [{ session: "kernel", texts: ids, padded: false, fetches: FETCHES }],
      ort: [{ session: "ort", texts: ids, padded: true, fetches: FETCHES }],
      single: ids.map((text) => ({ session: "ort", texts: [text], padded: true, fetches: FETCHES })),
    },
    rounds: ROUNDS,
    repeats: 1,
  });
  checkAgreement(timings, "ort", "kernel");
  const [kernel, ort, single] = ["kernel", "ort", "single"].map((name) => median(timings.times[name]!)) as [
    number,
    number,
    number,
  ];
  const speeds = [kernel, ort, single].map((time) => Math.round((1000 * tokens) / time).toLocaleString("en"));
  const megabytes = [timings.bytes.kernel! / 1e6, timings.bytes.ort! / 1e6];
  return [`${tokens}`, `${padded}`, ...speeds, ratio(ort, kernel), ratio(single, kernel), ...megabytes];
}
