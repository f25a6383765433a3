// Data sets as typed questions, from ../shared/data: rows to teach from, and rows of the set's own test part to measure on.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import type { Question } from "../../src/tasks/decide/question.ts";
import { textOf } from "../../src/tasks/decide/text-of.ts";
import { banking77, type Labelled } from "./banking77.ts";

/** A state with the name of its right option. */
export interface Row extends Labelled {
  /** How it is asked zero-shot, where that is not the set's question about its text. */
  readonly zeroShot?: { readonly state: string; readonly question: Question };
  /** What people found, of a scale. */
  readonly score?: number;
}

export interface DecisionSet {
  readonly name: string;
  readonly question: Question;
  /** The label of each option in the rows; its name when left out. */
  readonly labels: readonly string[];
  readonly train: readonly Row[];
  readonly test: readonly Row[];
}

export const DECISION_SETS: readonly (() => Promise<DecisionSet>)[] = [banking, clinc, trec, stackOverflow, sick, stsb];

const DATA = "../shared/data";
const TREC = [
  "description",
  "entity or thing",
  "abbreviation",
  "person or human",
  "location or place",
  "number or quantity",
];
// In the order of the labels, of Xu et al., Short Text Clustering via Convolutional Neural Networks, 2015.
const TOPICS =
  "wordpress oracle svn apache excel matlab visual-studio cocoa osx bash spring hibernate scala sharepoint ajax qt drupal linq haskell magento".split(
    " ",
  );
// What annotators of STS were told of the scores 0 to 5.
const LEVELS = [
  "completely dissimilar",
  "not equivalent, but on the same topic",
  "not equivalent, but sharing some details",
  "roughly equivalent, but some important information differs",
  "mostly equivalent, but some unimportant details differ",
  "completely equivalent",
];

async function banking(): Promise<DecisionSet> {
  const labels: string[] = JSON.parse((await lines("banking77/categories.json.gz")).join(""));
  const [train, test] = [await banking77("train"), await banking77("test")];
  return { name: "BANKING77, 77 labels", question: choice(labels), labels, train, test };
}

/** Out of scope is an option like any other; by another name than the model's own head has, which was trained on these rows. */
async function clinc(): Promise<DecisionSet> {
  const data: Record<string, [string, string][]> = JSON.parse((await lines("clinc150/data_full.json.gz")).join(""));
  const part = (name: string) => [...data[name]!, ...data[`oos_${name}`]!].map(([text, label]) => ({ text, label }));
  const [train, test] = [part("train"), part("test")];
  const labels = [...new Set(train.map(({ label }) => label))].toSorted();
  const question = choice(labels.map((label) => (label === "oos" ? "out of scope" : label)));
  return { name: "CLINC150 with out-of-scope, 151 labels", question, labels, train, test };
}

async function trec(): Promise<DecisionSet> {
  const part = async (name: string) =>
    (await lines(`trec/${name}.txt.gz`)).map((line) => ({ text: line.slice(2), label: line[0]! }));
  const labels = TREC.map((_, index) => String(index));
  return {
    name: "TREC, 6 kinds of questions",
    question: choice(TREC),
    labels,
    train: await part("train"),
    test: await part("test"),
  };
}

async function stackOverflow(): Promise<DecisionSet> {
  const part = async (name: string) =>
    (await lines(`stackoverflow_intents/${name}.tsv.gz`)).slice(1).map((line) => {
      const [text, label] = line.split("\t");
      return { text: text!, label: label!.trim() };
    });
  const labels = TOPICS.map((_, index) => String(index + 1));
  const [train, test] = [await part("train"), await part("test")];
  return { name: "Stack Overflow, 20 topics", question: choice(TOPICS), labels, train, test };
}

/** Taught with both sentences as the state; zero-shot the second sentence is the question, which is how such a thing is asked. */
async function sick(): Promise<DecisionSet> {
  const asked = (instructions: string): Question => ({
    kind: "yes-no",
    instructions,
    options: named(["true", "false"]),
    head: undefined,
  });
  const part = async (name: string): Promise<Row[]> =>
    (await lines(`sick/SICK_${name}.txt.gz`)).slice(1).map((line) => {
      const [, first, second, , judgment] = line.split("\t");
      const zeroShot = { state: first!, question: asked(second!) };
      return { text: textOf({ first, second }), label: String(judgment!.trim() === "ENTAILMENT"), zeroShot };
    });
  const [train, test] = [await part("train"), await part("test_annotated")];
  const question = asked("The second sentence follows from the first.");
  return { name: "SICK, does B follow from A", question, labels: ["true", "false"], train, test };
}

/** The label is the nearest level. */
async function stsb(): Promise<DecisionSet> {
  const part = async (name: string): Promise<Row[]> =>
    (await lines(`stsb/sts-${name}.csv.gz`)).map((line) => {
      const [, , , , score, first, second] = line.split("\t");
      return { text: textOf({ first, second }), label: String(Math.round(Number(score))), score: Number(score) };
    });
  const question: Question = {
    kind: "score",
    instructions: "How alike are they in meaning?",
    options: named(LEVELS),
    head: undefined,
  };
  const labels = LEVELS.map((_, level) => String(level));
  return {
    name: "STS-B, how alike from 0 to 5",
    question,
    labels,
    train: await part("train"),
    test: await part("test"),
  };
}

function choice(names: readonly string[]): Question {
  return { kind: "choice", instructions: "", options: named(names), head: undefined };
}

function named(names: readonly string[]) {
  return names.map((name) => ({ name, description: undefined }));
}

async function lines(path: string): Promise<string[]> {
  return gunzipSync(await readFile(`${DATA}/${path}`))
    .toString("utf8")
    .split("\n")
    .filter(Boolean);
}
