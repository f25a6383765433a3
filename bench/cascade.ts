// The cascade on BANKING77: a head taught by a few examples of each label at the edge, and behind it a server that is right for 94 % of the states and takes
// 150 ms, as a large model might. How many states the edge answers, how often the whole is right, and how long a request takes.

import { readFile } from "node:fs/promises";
import { createApp } from "../src/http/app.ts";
import { systemOne } from "../src/http/compat/system-one.ts";
import { addHead } from "../src/model-file/edit-heads.ts";
import { loadPretrained } from "../src/models/load-pretrained.ts";
import type { LoadedModel } from "../src/models/loaded-model.ts";
import { trainHead } from "../src/train/train-head.ts";
import { startUpstream, UPSTREAM } from "./gold-upstream.ts";
import { banking77, drawShots, type Labelled } from "./quality/banking77.ts";
import { sample } from "./quality/data.ts";
import { median, percent, printTable } from "./table.ts";

const SHOTS = [8, 16, 64];
const THRESHOLDS = [0.7, 0.8, 0.9];
const STATES = 500;

export async function run(): Promise<void> {
  const file = new Uint8Array(await readFile("models/minilm-l6-heads/model.safetensors"));
  const [train, test] = [await banking77("train"), sample(await banking77("test"), STATES)];
  const names = [...new Set(train.map(({ label }) => label))].toSorted();
  const upstream = await startUpstream(test, names);
  const { log } = console;
  // A line per request would bury the table.
  console.log = () => {};
  const rows = [];
  try {
    for (const shots of SHOTS) {
      const frozen = await loadPretrained(file);
      const examples = drawShots(train, names, shots, 0);
      const model = await loadPretrained(await addHead(file, await trainHead(frozen, examples, { name: "banking" })));
      await frozen.session.release();
      for (const at_least of THRESHOLDS) {
        const { edge, edgeRight, right, milliseconds } = await stream(model, upstream.url, at_least, names, test);
        rows.push([
          `${shots}`,
          `${at_least}`,
          percent(edge / test.length),
          percent(edgeRight / Math.max(1, edge)),
          percent(right / test.length),
          median(milliseconds),
          milliseconds.toSorted((a, b) => a - b)[Math.floor(0.95 * milliseconds.length)]!,
        ]);
      }
      await model.session.release();
    }
  } finally {
    console.log = log;
    upstream.close();
  }
  printTable(
    `A cascade on ${test.length} states of BANKING77, one at a time; upstream is right for ${percent(UPSTREAM.accuracy)} and takes ${UPSTREAM.milliseconds} ms (ms)`,
    ["examples per label", "at least", "answered at the edge", "right there", "right in all", "median", "95 %"],
    rows,
  );
}

async function stream(
  model: LoadedModel,
  url: string,
  at_least: number,
  names: readonly string[],
  test: readonly Labelled[],
) {
  const settings = { url: `${url}/v1/systemone`, at_least, per_minute: 1_000_000 };
  const app = createApp({ model: async () => model, groups: [systemOne], env: { UPSTREAM: settings } });
  const criteria = Object.fromEntries(names.map((name) => [name, null]));
  const counts = { edge: 0, edgeRight: 0, right: 0, milliseconds: [] as number[] };
  for (const { text, label } of test) {
    const body = JSON.stringify({ model: "edge", state: text, questions: { intent: { type: "choice", criteria } } });
    const began = performance.now();
    const response = await app.request("/v1/systemone", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const { answers } = (await response.json()) as { answers: { intent: { choice: string; x_source: string } } };
    counts.milliseconds.push(performance.now() - began);
    const { choice, x_source } = answers.intent;
    if (choice === label) counts.right++;
    if (x_source !== "head:banking") continue;
    counts.edge++;
    if (choice === label) counts.edgeRight++;
  }
  return counts;
}
