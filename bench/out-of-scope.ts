// Which score tells queries that none of a head's labels fits: the default model's intents on CLINC150, whose thresholds come from the validation
// queries that are in scope, and whose recall is measured on the test set.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { energyOf } from "../src/heads/labels.ts";
import { argmax, toScores } from "../src/heads/scores.ts";
import { loadPacked } from "../src/models/loaded-model.ts";
import { fitEnergy } from "../src/train/abstention.ts";
import { readVectors } from "../src/train/read-vectors.ts";
import { printTable } from "./table.ts";

const DATA = "../shared/data/clinc150/data_full.json.gz";
const OOS = "oos";
const LOST = 0.02;

interface Query {
  readonly logits: Float32Array;
  readonly vector: Float32Array;
  readonly gold: number;
}

export async function run(): Promise<void> {
  const data = JSON.parse(gunzipSync(await readFile(DATA)).toString()) as Record<
    string,
    [text: string, label: string][]
  >;
  const model = await loadPacked(await readFile("models/minilm-l6-heads/model.safetensors"));
  const { labels } = model.heads.find(({ name }) => name === "intent")!;
  const oos = labels.indexOf(OOS);
  const read = async (part: string): Promise<Query[]> => {
    const texts = data[part]!.map(([text]) => text);
    const logits = await readVectors(model, "intent.logits", texts);
    const vectors = await readVectors(model, "pooled.cls", texts);
    const row = ({ values, width }: typeof logits, i: number) => values.subarray(i * width, (i + 1) * width);
    return texts.map((_, i) => {
      return { logits: row(logits, i), vector: row(vectors, i), gold: labels.indexOf(data[part]![i]![1]) };
    });
  };
  const [validation, test, strangers] = [await read("val"), await read("test"), await read("oos_test")];
  await model.session.release();

  const means = meansOf(validation, labels.length);
  const withoutOos = (logits: Float32Array) => logits.filter((_, label) => label !== oos);
  const scores: Readonly<Record<string, (query: Query) => number>> = {
    "energy of the intents": ({ logits }) => energyOf(logits, labels, OOS),
    "probability of the best intent": ({ logits }) => Math.max(...withoutOos(toScores(logits, "softmax"))),
    "the same without oos in the softmax": ({ logits }) => Math.max(...toScores(withoutOos(logits), "softmax")),
    "1 − probability of oos": ({ logits }) => 1 - toScores(logits, "softmax")[oos]!,
    "distance to the nearest class mean": ({ vector }) => -nearest(vector, means),
  };
  const isRight = ({ logits, gold }: Query) => argmax(logits) === gold;
  const part = (queries: readonly Query[], holds: (query: Query) => boolean) =>
    queries.filter(holds).length / queries.length;
  const accuracy = part(test, isRight);
  const rows = Object.entries(scores).map(([name, score]) => {
    const recall = (lost: number) => {
      const threshold = thresholdOf(test, score, isRight, lost);
      return (100 * part(strangers, (query) => score(query) < threshold || argmax(query.logits) === oos)).toFixed(1);
    };
    return [name, recall(0.01), recall(LOST), recall(0.03)];
  });
  printTable(
    `Recall of CLINC150's out-of-scope queries, int8, at points of in-scope accuracy lost (of ${(100 * accuracy).toFixed(1)}), %`,
    ["score", "1", "2", "3"],
    rows,
  );

  const logits = Float32Array.from(validation.flatMap((query) => [...query.logits]));
  const gold = Int32Array.from(validation, (query) => query.gold);
  const energy = fitEnergy(logits, gold, labels, { lost: LOST, without: OOS });
  const refuses = ({ logits }: Query) => argmax(logits) === oos || energyOf(logits, labels, OOS) < energy;
  const kept = part(test, (query) => isRight(query) && !refuses(query));
  printTable(
    `The threshold of energy that validation queries in scope give, for ${100 * LOST} points lost: ${energy.toFixed(4)}`,
    ["recall, %", "points lost", "recall of the label oos alone, %"],
    [
      [
        (100 * part(strangers, refuses)).toFixed(1),
        (100 * (accuracy - kept)).toFixed(2),
        (100 * part(strangers, ({ logits }) => argmax(logits) === oos)).toFixed(1),
      ],
    ],
  );
}

/** The highest threshold that refuses no more of the right answers. */
function thresholdOf(
  queries: readonly Query[],
  score: (query: Query) => number,
  isRight: (query: Query) => boolean,
  lost: number,
): number {
  const right = queries.filter(isRight).map(score);
  return right.toSorted((a, b) => a - b)[Math.floor(lost * queries.length)]!;
}

function meansOf(queries: readonly Query[], K: number): readonly Float64Array[] {
  return Array.from({ length: K }, (_, k) => {
    const own = queries.filter(({ gold }) => gold === k);
    const mean = new Float64Array(queries[0]!.vector.length);
    for (const { vector } of own) for (const [h, value] of vector.entries()) mean[h]! += value / own.length;
    return own.length > 0 ? mean : undefined;
  }).filter((mean) => mean !== undefined);
}

function nearest(vector: Float32Array, means: readonly Float64Array[]): number {
  const distances = means.map((mean) => mean.reduce((sum, value, h) => sum + (value - vector[h]!) ** 2, 0));
  return Math.min(...distances);
}
