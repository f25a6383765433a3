// How far the probabilities of the default model's heads are off (expected calibration error), before and after a temperature that is fitted to
// other texts than those that it is measured on. Heads whose labelled data here are those that they were trained on are left out. scripts/calibrate-model.ts writes the temperatures into the model's file.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import type { HeadSettings } from "../src/architectures/head-spec.ts";
import { rowOf } from "../src/heads/outputs.ts";
import { tokenizationOf } from "../src/heads/run.ts";
import { type LoadedModel, loadPacked } from "../src/models/loaded-model.ts";
import { fitEnergy } from "../src/train/abstention.ts";
import { readVectors } from "../src/train/read-vectors.ts";
import { calibrationError, fitTemperature } from "../src/train/temperature.ts";
import { snips, sst2, type Tagged } from "./quality/data.ts";
import { printTable } from "./table.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const DATA = "../shared/data";
const OOS = "oos";

/** Logits [N][K] and the right labels [N]. */
interface Answers {
  readonly logits: Float32Array;
  readonly labels: Int32Array;
}

/** The texts that a temperature is fitted to, and others that it is measured on. */
interface Parts {
  readonly fitted: Answers;
  readonly measured: Answers;
}

interface Subject {
  readonly head: string;
  readonly data: string;
  read(model: LoadedModel): Promise<Parts>;
}

const SUBJECTS: readonly Subject[] = [
  {
    head: "sentiment",
    data: "SST-2 dev, every other sentence",
    async read(model) {
      const rows = (await sst2()).map(({ input, gold }): Labelled => [input, gold]);
      return halves(rows, (part) => classify(model, "sentiment", part));
    },
  },
  {
    head: "emotion",
    data: "GoEmotions, dev and test",
    async read(model) {
      const read = async (part: string) => classify(model, "emotion", await tsv(`goemotions_single/${part}.tsv.gz`));
      return { fitted: await read("dev"), measured: await read("test") };
    },
  },
  {
    head: "intent",
    data: "CLINC150, validation and test, in scope",
    async read(model) {
      const data = JSON.parse(await unzipped("clinc150/data_full.json.gz")) as Record<string, Labelled[]>;
      const read = (part: string) => classify(model, "intent", data[part]!);
      return { fitted: await read("val"), measured: await read("test") };
    },
  },
  {
    head: "slots",
    data: "SNIPS, validation and test, words",
    async read(model) {
      return {
        fitted: await tag(model, "slots", await snips("valid")),
        measured: await tag(model, "slots", await snips()),
      };
    },
  },
];

export interface Calibrated {
  readonly head: string;
  readonly data: string;
  readonly settings: HeadSettings & { readonly temperature: number };
  readonly examples: number;
  /** On the texts that the temperature was not fitted to. */
  readonly error: readonly [before: number, after: number];
}

/** What each head's settings should be, and what that changes. */
export async function calibrate(model: LoadedModel): Promise<readonly Calibrated[]> {
  const calibrated: Calibrated[] = [];
  for (const { head, data, read } of SUBJECTS) {
    const { fitted, measured } = await read(model);
    const temperature = rounded(fitTemperature(fitted.logits, fitted.labels));
    const error = (by: number) => calibrationError(measured.logits, measured.labels, by);
    const { labels } = model.heads.find(({ name }) => name === head)!;
    const scope = labels.includes(OOS) && {
      out_of_scope: { energy: rounded(fitEnergy(fitted.logits, fitted.labels, labels, { without: OOS })), label: OOS },
    };
    const settings = { temperature, calibration_error: rounded(error(temperature)), ...scope };
    calibrated.push({ head, data, settings, examples: measured.labels.length, error: [error(1), error(temperature)] });
  }
  return calibrated;
}

export async function run(): Promise<void> {
  const model = await loadPacked(await readFile(MODEL));
  const calibrated = await calibrate(model);
  await model.session.release();
  printTable(
    "Expected calibration error of the default model's heads, int8, on texts that the temperature was not fitted to",
    ["head", "texts or words", "temperature", "before", "after"],
    calibrated.map(({ head, data, examples, settings, error: [before, after] }) => [
      `${head} (${data})`,
      `${examples}`,
      settings.temperature.toFixed(3),
      before.toFixed(4),
      after.toFixed(4),
    ]),
  );
}

type Labelled = readonly [text: string, label: string];

async function classify(model: LoadedModel, head: string, rows: readonly Labelled[]): Promise<Answers> {
  const { labels } = model.heads.find(({ name }) => name === head)!;
  const known = rows.filter(([, label]) => labels.includes(label));
  const texts = known.map(([text]) => text);
  const { values } = await readVectors(model, `${head}.logits`, texts);
  return { logits: values, labels: Int32Array.from(known, ([, label]) => labels.indexOf(label)) };
}

/** The first piece of a word carries its label. */
async function tag(model: LoadedModel, head: string, sentences: readonly Tagged[]): Promise<Answers> {
  const { labels } = model.heads.find(({ name }) => name === head)!;
  const logits: number[] = [];
  const gold: number[] = [];
  for (const { words, tags } of sentences) {
    const { feeds, encoding } = tokenizationOf(model).encode([words.join(" ")]);
    const outputs = await model.session.run(feeds, [`${head}.logits`]);
    let start = 0;
    for (const [i, word] of words.entries()) {
      const token = encoding.offset_mapping.findIndex(
        (offset, at) => at % 2 === 0 && offset === start && encoding.sequence_ids[at / 2] === 0,
      );
      start += word.length + 1;
      const label = labels.indexOf(tags[i]!);
      if (token < 0 || label < 0) continue;
      logits.push(...rowOf(outputs[`${head}.logits`], token / 2));
      gold.push(label);
    }
  }
  return { logits: Float32Array.from(logits), labels: Int32Array.from(gold) };
}

async function halves<Row>(rows: readonly Row[], read: (part: readonly Row[]) => Promise<Answers>): Promise<Parts> {
  const half = (rest: number) => read(rows.filter((_, i) => i % 2 === rest));
  return { fitted: await half(0), measured: await half(1) };
}

async function unzipped(path: string): Promise<string> {
  return gunzipSync(await readFile(`${DATA}/${path}`)).toString();
}

async function tsv(path: string): Promise<Labelled[]> {
  const [, ...lines] = (await unzipped(path)).trimEnd().split("\n");
  return lines.map((line) => line.trimEnd().split("\t") as [string, string]);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
