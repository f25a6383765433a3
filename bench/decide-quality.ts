// How often zero-shot decisions are right, and how far their probabilities can be trusted, on data that nothing was fitted on: a choice among all
// labels of a set, by the labels' names alone, and yes or no for SICK's test pairs.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { loadPretrained } from "../src/models/load-pretrained.ts";
import type { LoadedModel } from "../src/models/loaded-model.ts";
import { decide } from "../src/tasks/decide/decide.ts";
import { mostProbable, type Question } from "../src/tasks/decide/question.ts";
import { forRequest } from "../src/tasks/request-model.ts";
import { banking77 } from "./quality/banking77.ts";
import { percent, printTable } from "./table.ts";

const DATA = "../shared/data";
const STATES = 1000;
const BINS = 15;

interface Example {
  readonly state: string;
  readonly question: Question;
  /** The index of the right option. */
  readonly right: number;
}

/** Prints a table: a row for each set of data. */
export async function run(): Promise<void> {
  const model = await loadPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
  const sets: readonly (readonly [name: string, examples: readonly Example[]])[] = [
    ["BANKING77, 77 labels", await banking()],
    ["CLINC150, 150 labels in scope", await clinc()],
    ["TREC, 6 kinds of questions", await trec()],
    ["SICK, does B follow from A", await sick("SICK_test_annotated.txt.gz")],
  ];
  const rows = [];
  for (const [name, examples] of sets) {
    const made = await answers(model, spread(examples));
    rows.push([
      name,
      String(made.length),
      percent(accuracy(made)),
      percent(macroF1(made)),
      calibration(made).toFixed(3),
    ]);
  }
  printTable("Zero-shot decisions, int8", ["", "states", "accuracy", "macro-F1", "ECE"], rows);
}

interface Answered {
  readonly probabilities: readonly number[];
  readonly right: number;
}

async function answers(model: LoadedModel, examples: readonly Example[]): Promise<Answered[]> {
  const made: Answered[] = [];
  for (const { state, question, right } of examples) {
    const [decision] = await decide(forRequest(model), state, [question]);
    made.push({ probabilities: decision!.probabilities, right });
  }
  return made;
}

/** So many of them, evenly. */
function spread<T>(all: readonly T[]): T[] {
  const step = Math.max(1, all.length / STATES);
  return Array.from({ length: Math.min(STATES, all.length) }, (_, i) => all[Math.floor(i * step)]!);
}

function accuracy(made: readonly Answered[]): number {
  return made.filter(({ probabilities, right }) => mostProbable(probabilities) === right).length / made.length;
}

function macroF1(made: readonly Answered[]): number {
  const labels = [...new Set(made.map(({ right }) => right))];
  const scores = labels.map((label) => {
    const hits = made.filter(
      ({ probabilities, right }) => right === label && mostProbable(probabilities) === label,
    ).length;
    const found = made.filter(({ probabilities }) => mostProbable(probabilities) === label).length;
    const wanted = made.filter(({ right }) => right === label).length;
    return hits === 0 ? 0 : (2 * hits) / (found + wanted);
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** The expected calibration error of the most probable option. */
function calibration(made: readonly Answered[]): number {
  const bins = Array.from({ length: BINS }, () => ({ confidence: 0, right: 0 }));
  for (const { probabilities, right } of made) {
    const best = mostProbable(probabilities);
    const bin = bins[Math.min(BINS - 1, Math.floor(probabilities[best]! * BINS))]!;
    bin.confidence += probabilities[best]!;
    if (best === right) bin.right++;
  }
  return bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) / made.length;
}

function choiceAmong(names: readonly string[]): Question {
  const options = names.map((name) => ({ name, description: undefined }));
  return { kind: "choice", instructions: "", options, head: undefined };
}

async function lines(path: string): Promise<string[]> {
  return gunzipSync(await readFile(`${DATA}/${path}`))
    .toString("utf8")
    .split("\n")
    .filter(Boolean);
}

async function banking(): Promise<Example[]> {
  const labels: string[] = JSON.parse((await lines("banking77/categories.json.gz")).join(""));
  const question = choiceAmong(labels);
  return (await banking77("test")).map(({ text, label }) => ({ state: text, question, right: labels.indexOf(label) }));
}

async function clinc(): Promise<Example[]> {
  const { test }: { test: [string, string][] } = JSON.parse((await lines("clinc150/data_full.json.gz")).join(""));
  const labels = [...new Set(test.map(([, label]) => label))].toSorted();
  const question = choiceAmong(labels);
  return test.map(([state, label]) => ({ state, question, right: labels.indexOf(label) }));
}

const TREC = [
  "description",
  "entity or thing",
  "abbreviation",
  "person or human",
  "location or place",
  "number or quantity",
];

async function trec(): Promise<Example[]> {
  const question = choiceAmong(TREC);
  return (await lines("trec/test.txt.gz")).map((line) => ({ state: line.slice(2), question, right: Number(line[0]) }));
}

async function sick(file: string): Promise<Example[]> {
  return (await lines(`sick/${file}`)).slice(1).map((line) => {
    const [, state, proposition, , judgment] = line.split("\t");
    const options = ["true", "false"].map((name) => ({ name, description: undefined }));
    const question: Question = { kind: "yes-no", instructions: proposition!, options, head: undefined };
    return { state: state!, question, right: judgment!.trim() === "ENTAILMENT" ? 0 : 1 };
  });
}
