// A head taught over HTTP, to the Worker of env.teach as it is deployed, in a real workerd: 616 examples of BANKING77 (8 of each of its 77 labels)
// from the request to the answer that says the head is live, and a correction of one. CPU is the whole process's.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { sha256 } from "../src/digest.ts";
import { readExamples } from "../src/train/read-examples.ts";
import { bundle, start } from "../test/load/deployed.ts";
import { median, printTable } from "./table.ts";

const DATA = "../shared/data/banking77/train.csv.gz";
const SHOTS = 8;
const ROUNDS = 3;
const KEY = "bench";

interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

export async function run(): Promise<void> {
  const { examples: all } = readExamples(gunzipSync(await readFile(DATA)), { format: "csv" });
  const counts = new Map<unknown, number>();
  const examples = all.filter(({ label }) => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    return counts.get(label)! <= SHOTS;
  });
  const keys = { [await sha256(new TextEncoder().encode(KEY))]: { name: KEY, teach: true } };
  const worker = await start(await bundle("teach"), { vars: { API_KEYS: JSON.stringify(keys) } });
  const ask = async (path: string, body: unknown): Promise<Cost> => {
    const [cpu, began] = [await worker.cpu(), performance.now()];
    const response = await fetch(new URL(path, worker.url), {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
    return { cpu: (await worker.cpu()) - cpu, wall: performance.now() - began };
  };
  try {
    // The first head loads the model and warms the code up.
    await ask("/heads", { name: "first", examples: examples.slice(0, 100) });
    const taught: Cost[] = [];
    const corrected: Cost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      taught.push(await ask("/heads", { name: `head${round}`, examples }));
      const feedback = { text: examples[round]!.text, label: examples.at(-1 - round)!.label };
      corrected.push(await ask(`/heads/head${round}/feedback`, feedback));
    }
    const row = (name: string, times: readonly Cost[]) => [
      name,
      median(times.map(({ cpu }) => cpu)),
      median(times.map(({ wall }) => wall)),
    ];
    printTable(
      `Teaching over HTTP in workerd, BANKING77, ${counts.size} labels, int8, measured on five folds (ms, medians of ${ROUNDS})`,
      ["", "CPU", "request to live"],
      [row(`${examples.length} examples`, taught), row("a correction of one", corrected)],
    );
  } finally {
    await worker.close();
  }
}
