// How often typed decisions are right, and how far their probabilities can be trusted: zero-shot, by the names of options alone, and taught by a few
// examples of each label. Examples are of a set's training part, what is measured is of its test part.
import { readFile } from "node:fs/promises";
import { scoreClasses } from "../src/eval/classes.ts";
import { spearman } from "../src/eval/correlation.ts";
import { argmax } from "../src/heads/scores.ts";
import { addHead } from "../src/model-file/edit-heads.ts";
import { loadPretrained } from "../src/models/load-pretrained.ts";
import type { LoadedModel } from "../src/models/loaded-model.ts";
import { decide } from "../src/tasks/decide/decide.ts";
import { expectedLevel, type Question } from "../src/tasks/decide/question.ts";
import { forRequest } from "../src/tasks/request-model.ts";
import { encodeExamples, fitHead, poolingOf } from "../src/train/train-head.ts";
import { drawShots } from "./quality/banking77.ts";
import { sample } from "./quality/data.ts";
import { DECISION_SETS, type DecisionSet, type Row } from "./quality/decisions.ts";
import { percent, printTable } from "./table.ts";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const STATES = 1000;
const BINS = 15;
const SHOTS = [8, 16, 64, Number.POSITIVE_INFINITY];
const HEADER = ["", "examples", "accuracy", "macro-F1", "ECE", "Spearman"];

/** Prints a table for each set of data: a row for zero-shot, and one for each number of examples. */
export async function run(): Promise<void> {
  for (const read of DECISION_SETS) {
    const set = await read();
    const test = sample(set.test, STATES);
    printTable(`Decisions on ${set.name}, int8, ${test.length} states`, HEADER, await measure(set, test));
  }
}

/** Each a row of the table. */
async function measure(set: DecisionSet, test: readonly Row[]): Promise<string[][]> {
  const { file, counts } = await teach(set);
  const model = await loadPretrained(file);
  const rows = [["zero-shot", "0", ...score(set, test, await zeroShot(model, set, test))]];
  const taught = await answers(model, set, test);
  for (const [index, shots] of SHOTS.entries()) {
    const made = taught.map((probabilities) => probabilities[index]!);
    const title = Number.isFinite(shots) ? `${shots} per label` : "all";
    rows.push([title, counts[index]!.toLocaleString("en"), ...score(set, test, made)]);
  }
  await model.session.release();
  return rows;
}

/** The model with a head for each number of examples, and how many examples that is. */
async function teach({ labels, train }: DecisionSet): Promise<{ file: Uint8Array; counts: number[] }> {
  let file = new Uint8Array(await readFile(MODEL));
  const model = await loadPretrained(file);
  const pooling = poolingOf(model);
  const counts = [];
  for (const [index, shots] of SHOTS.entries()) {
    const examples = drawShots(train, labels, shots, 0).map(({ text, label }) => ({ text, label }));
    const vectors = await encodeExamples(model, examples, pooling);
    file = await addHead(file, await fitHead(vectors, examples, { name: headName(index), pooling }));
    counts.push(examples.length);
  }
  await model.session.release();
  return { file, counts };
}

function headName(index: number): string {
  return `shots_${index}`;
}

async function zeroShot(model: LoadedModel, { question }: DecisionSet, test: readonly Row[]) {
  const made = [];
  for (const { text, zeroShot = { state: text, question } } of test) {
    const [decision] = await decide(forRequest(model), zeroShot.state, [zeroShot.question]);
    made.push(decision!.probabilities);
  }
  return made;
}

/** By state, for each number of examples: the probabilities of the options. One pass of the encoder answers all. */
async function answers(model: LoadedModel, { question, labels }: DecisionSet, test: readonly Row[]) {
  const named = new Map(question.options.map(({ name }, index) => [name, labels[index]!]));
  const questions = SHOTS.map(
    (_, index): Question => ({ ...question, head: { name: headName(index), labels: named } }),
  );
  const made = [];
  for (const { text } of test) {
    const decisions = await decide(forRequest(model), text, questions);
    made.push(decisions.map(({ probabilities }) => probabilities));
  }
  return made;
}

/** Accuracy, macro-F1, ECE, and for a scale how its expected level follows what people found. */
function score({ labels }: DecisionSet, test: readonly Row[], made: readonly (readonly number[])[]): string[] {
  const confusion = labels.map(() => labels.map(() => 0));
  const right = test.map(({ label }) => labels.indexOf(label));
  for (const [index, probabilities] of made.entries()) confusion[right[index]!]![argmax(probabilities)]!++;
  const { accuracy, macro_f1 } = scoreClasses(confusion);
  const people = test.flatMap(({ score }) => score ?? []);
  const follows = people.length > 0 ? spearman(made.map(expectedLevel), people).toFixed(3) : "";
  return [percent(accuracy), percent(macro_f1), calibration(made, right).toFixed(3), follows];
}

/** The expected calibration error of the most probable option. */
function calibration(made: readonly (readonly number[])[], right: readonly number[]): number {
  const bins = Array.from({ length: BINS }, () => ({ confidence: 0, right: 0 }));
  for (const [index, probabilities] of made.entries()) {
    const best = argmax(probabilities);
    const bin = bins[Math.min(BINS - 1, Math.floor(probabilities[best]! * BINS))]!;
    bin.confidence += probabilities[best]!;
    if (best === right[index]) bin.right++;
  }
  return bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) / made.length;
}
