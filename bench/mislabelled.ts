// Whether the rows that a report doubts are the wrong ones: BANKING77's training texts with some labels changed at random, by the default model
// in int8. The data set has wrong labels of its own, which count as right here.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { loadPacked } from "../src/models/loaded-model.ts";
import { mulberry32 } from "../src/random.ts";
import { readExamples } from "../src/train/read-examples.ts";
import { suspectsOf } from "../src/train/suspects.ts";
import { encodeExamples, fitHead } from "../src/train/train-head.ts";
import { printTable } from "./table.ts";

const EXAMPLES = 2000;
const SHARES = [0.01, 0.03, 0.1];
const SEEDS = [1, 2, 3, 4, 5, 6];
const MOST = 50;

export async function run(): Promise<void> {
  const model = await loadPacked(await readFile("models/minilm-l6-heads/model.safetensors"));
  const file = gunzipSync(await readFile("../shared/data/banking77/train.csv.gz"));
  const { examples: all } = readExamples(file, { format: "csv" });
  const draw = mulberry32(0);
  const examples = all
    .map((example) => [draw(), example] as const)
    .toSorted(([a], [b]) => a - b)
    .slice(0, EXAMPLES)
    .map(([, example]) => example);
  const names = [...new Set(examples.map(({ label }) => label as string))].toSorted();
  const vectors = await encodeExamples(model, examples, "mean");
  await model.session.release();

  const rows = [];
  for (const share of SHARES) {
    const shown: number[] = [];
    for (const seed of SEEDS) {
      const random = mulberry32(seed);
      const wrong = new Set<number>();
      while (wrong.size < share * EXAMPLES) wrong.add(Math.floor(random() * EXAMPLES));
      const noisy = examples.map((example, index) => {
        if (!wrong.has(index)) return example;
        const others = names.filter((name) => name !== example.label);
        return { ...example, label: others[Math.floor(random() * others.length)]! };
      });
      const { logits, report } = await fitHead(vectors, noisy, { name: "banking", pooling: "mean" });
      const labels = Int32Array.from(noisy, ({ label }) => names.indexOf(label as string));
      const found = suspectsOf(logits!, labels, names, report!.temperature, MOST);
      shown.push(found.filter(({ index }) => wrong.has(index)).length);
    }
    rows.push([`${Math.round(share * EXAMPLES)}`, shown.join(", ")]);
  }
  printTable(
    `BANKING77, ${EXAMPLES} training texts with labels changed at random: how many of the first ${MOST} suspects are among these, by seed`,
    ["changed", `of ${MOST}`],
    rows,
  );
}
