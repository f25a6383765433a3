// What trimming and quantising cost a multilingual model, and what its heads are worth in languages that they were not taught in. multilingual-e5-small
// comes from ../shared, models/multilingual is what the repository has of it.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findHead, runHead } from "../src/heads/run.ts";
import { sequenceClassifier } from "../src/heads/sequence-classification.ts";
import { packCheckpoint } from "../src/model-file/pack-checkpoint.ts";
import { QUANTIZATIONS } from "../src/model-file/packed.ts";
import { type LoadedModel, loadPacked } from "../src/models/loaded-model.ts";
import { pipeline } from "../src/models/pipeline.ts";
import { openFolder } from "../src/source/folder.node.ts";
import { TWEET_LANGUAGES, tweets, XQUAD_LANGUAGES, XSID_LANGUAGES, xquad, xsid } from "./quality/multilingual.ts";
import { type Cell, printTable } from "./table.ts";

const WHOLE = "../shared/models/multilingual-e5-small";
const TRIMMED = "models/multilingual/model.safetensors";
const BATCH = 32;

export async function run(): Promise<void> {
  const trimmed = await loadPacked(await readFile(TRIMMED));
  await retrieval(trimmed);
  await classification(trimmed, "intent", "xSID, the seven intents of SNIPS", XSID_LANGUAGES, xsid);
  await classification(trimmed, "sentiment", "Tweets, three labels", TWEET_LANGUAGES, (language) =>
    tweets(language, "val"),
  );
  await trimmed.session.release();
}

/** Questions in seven languages, each to find its English paragraph among 240. */
async function retrieval(trimmed: LoadedModel): Promise<void> {
  const rows: Cell[][] = [];
  const folder = await mkdtemp(join(tmpdir(), "bertlet-e5-"));
  try {
    await promisify(execFile)(process.execPath, [join(WHOLE, "unpack.mjs"), folder]);
    const source = await openFolder(folder);
    for (const quantization of QUANTIZATIONS) {
      const model = await loadPacked(await packCheckpoint(source, { quantization }));
      rows.push([`whole, ${quantization}`, ...(await recalls(model))]);
      await model.session.release();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  rows.push(["models/multilingual", ...(await recalls(trimmed))]);
  printTable(
    "XQuAD: the share of questions whose English paragraph is the nearest of 240, %",
    ["", ...XQUAD_LANGUAGES.slice(1), "mean"],
    rows,
  );
}

async function recalls(model: LoadedModel): Promise<number[]> {
  const embed = await pipeline("sentence-embedding", model);
  const vectors = async (texts: readonly string[]) => {
    const all: ArrayLike<number>[] = [];
    for (let at = 0; at < texts.length; at += BATCH) all.push(...(await embed(texts.slice(at, at + BATCH))));
    return all;
  };
  const passages = await vectors((await xquad("en")).map(({ context }) => `passage: ${context}`));
  const shares: number[] = [];
  for (const language of XQUAD_LANGUAGES.slice(1)) {
    const paragraphs = await xquad(language);
    const found = await vectors(paragraphs.flatMap(({ questions }) => questions.map((text) => `query: ${text}`)));
    const wanted = paragraphs.flatMap(({ questions }, index) => questions.map(() => index));
    const right = found.filter((vector, index) => nearest(vector, passages) === wanted[index]);
    shares.push((100 * right.length) / found.length);
  }
  return [...shares, shares.reduce((sum, share) => sum + share, 0) / shares.length];
}

function nearest(vector: ArrayLike<number>, passages: readonly ArrayLike<number>[]): number {
  let [best, at] = [Number.NEGATIVE_INFINITY, -1];
  for (const [index, passage] of passages.entries()) {
    let sum = 0;
    for (let i = 0; i < passage.length; i++) sum += vector[i]! * passage[i]!;
    if (sum > best) [best, at] = [sum, index];
  }
  return at;
}

/** Accuracy per language, on texts with labels that the head has. */
async function classification(
  model: LoadedModel,
  name: string,
  title: string,
  languages: readonly string[],
  read: (language: string) => Promise<readonly { readonly text: string; readonly label: string }[]>,
): Promise<void> {
  const head = findHead(model, "sequence-classification", name);
  const rows: Cell[][] = [];
  for (const language of languages) {
    const texts = (await read(language)).filter(({ label }) => head.labels.includes(label));
    const answers = await runHead(
      model,
      sequenceClassifier(head),
      texts.map(({ text }) => text),
      {},
    );
    const right = texts.filter(({ label }, index) => answers[index]![0]!.label === label).length;
    rows.push([language, `${texts.length}`, (100 * right) / texts.length]);
  }
  printTable(`${title}, models/multilingual`, ["", "texts", "accuracy, %"], rows);
}
