// The cascade that learns, from nothing: 5,000 states as a stream to the Worker of env.teach as it is deployed, in a real workerd, with a server behind it that is
// right for 94 % of the states and takes 150 ms. How many of each thousand states the edge answers, and how often the whole is right.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { sha256 } from "../src/digest.ts";
import { mulberry32 } from "../src/random.ts";
import { bundle, type Deployed, start } from "../test/load/deployed.ts";
import { startUpstream, UPSTREAM } from "./gold-upstream.ts";
import { banking77, type Labelled } from "./quality/banking77.ts";
import { median, percent, printTable } from "./table.ts";

const STATES = 5000;
const PART = 1000;
const IN_FLIGHT = 4;
const AGREEMENT = 0.9;
const KEY = "bench";

export async function run(): Promise<void> {
  const folder = await bundle("teach");
  for (const [name, all] of [
    ["BANKING77", [...(await banking77("train")), ...(await banking77("test"))]],
    ["CLINC150 with out-of-scope", await clinc150()],
  ] as const) {
    const states = shuffled(all).slice(0, STATES);
    const labels = [...new Set(all.map(({ label }) => label))].toSorted();
    const upstream = await startUpstream(states, labels);
    const keys = { [await sha256(new TextEncoder().encode(KEY))]: { name: KEY, teach: true } };
    const settings = { url: `${upstream.url}/v1/systemone`, per_minute: 1_000_000 };
    const worker = await start(folder, { vars: { API_KEYS: JSON.stringify(keys), UPSTREAM: settings } });
    try {
      const rows = await stream(worker, labels, states);
      printTable(
        `${STATES} states of ${name}, ${labels.length} labels, ${IN_FLIGHT} at a time; upstream is right for ${percent(UPSTREAM.accuracy)} and takes ${UPSTREAM.milliseconds} ms`,
        ["states", "answered at the edge", "right there", "right in all", "median ms", "versions"],
        rows,
      );
    } finally {
      await worker.close();
      upstream.close();
    }
  }
}

/** The intents of CLINC150, by other names than those of the default model's own head, which must not answer. */
async function clinc150(): Promise<Labelled[]> {
  const parts = JSON.parse(gunzipSync(await readFile("../shared/data/clinc150/data_full.json.gz")).toString());
  return Object.values(parts as Record<string, [string, string][]>)
    .flat()
    .map(([text, label]) => ({ text, label: `about ${label}` }));
}

function shuffled(all: readonly Labelled[]): Labelled[] {
  const random = mulberry32(1);
  const texts = new Map(all.map((state) => [state.text, state]));
  return Array.from(texts.values(), (state) => [random(), state] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, state]) => state);
}

async function stream(worker: Deployed, labels: readonly string[], states: readonly Labelled[]) {
  const ask = async <T>(path: string, method: string, body?: unknown): Promise<T> => {
    const response = await fetch(new URL(path, worker.url), {
      method,
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const question = { type: "choice", criteria: Object.fromEntries(labels.map((label) => [label, null])) };
  await ask("/questions/purpose", "PUT", { question, examples: [], learn: { agreement: AGREEMENT } });
  const rows = [];
  for (let from = 0; from < states.length; from += PART) {
    const counts = { edge: 0, edgeRight: 0, right: 0, milliseconds: [] as number[] };
    const part = states.slice(from, from + PART);
    const next = part.values();
    const client = async () => {
      for (const { text, label } of next) {
        const began = performance.now();
        type Answers = { readonly answers: { readonly q: { readonly choice: string; readonly x_source: string } } };
        const body = { model: "edge", state: text, questions: { q: question } };
        const { choice, x_source } = (await ask<Answers>("/v1/systemone", "POST", body)).answers.q;
        counts.milliseconds.push(performance.now() - began);
        if (choice === label) counts.right++;
        if (x_source !== "taught:purpose") continue;
        counts.edge++;
        if (choice === label) counts.edgeRight++;
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, client));
    const { version } = await ask<{ version: number | null }>("/questions/purpose", "GET");
    rows.push([
      `${from + 1} to ${from + part.length}`,
      percent(counts.edge / part.length),
      percent(counts.edgeRight / Math.max(1, counts.edge)),
      percent(counts.right / part.length),
      median(counts.milliseconds),
      version ?? 0,
    ]);
  }
  return rows;
}
