// Heads on frozen vectors: BANKING77's 77 labels from a few examples each, by the default model in int8. Accuracy on the whole test set, over
// several draws, and the time that encoding and fitting take.
import { readFile } from "node:fs/promises";
import { loadPacked } from "../src/models/loaded-model.ts";
import { evaluateClasses } from "../src/train/evaluate-classes.ts";
import { fitMultinomial, logitsOf, pickVectors } from "../src/train/linear-head.ts";
import { encodeExamples } from "../src/train/train-head.ts";
import { banking77, drawShots, type Labelled } from "./quality/banking77.ts";
import { printTable } from "./table.ts";

const DRAWS: readonly [shots: number, draws: number][] = [
  [8, 5],
  [16, 5],
  [64, 2],
];

export async function run(): Promise<void> {
  const model = await loadPacked(await readFile("models/minilm-l6-heads/model.safetensors"));
  const train = await banking77("train");
  const test = await banking77("test");
  const names = [...new Set(train.map(({ label }) => label))].toSorted();
  const indexOf = (examples: readonly Labelled[]) => Int32Array.from(examples, ({ label }) => names.indexOf(label));
  const start = performance.now();
  const vectors = await encodeExamples(model, train, "mean");
  const perText = (performance.now() - start) / train.length;
  const unseen = await encodeExamples(model, test, "mean");
  const [labels, expected] = [indexOf(train), indexOf(test)];
  await model.session.release();

  const rows = [];
  for (const [shots, draws] of DRAWS) {
    const results = [];
    for (let draw = 0; draw < draws; draw++) {
      const chosen = drawShots(train, names, shots, draw).map((example) => train.indexOf(example));
      const own = Int32Array.from(chosen, (index) => labels[index]!);
      const began = performance.now();
      const head = await fitMultinomial(pickVectors(vectors, chosen), own, names.length);
      const milliseconds = performance.now() - began;
      const { accuracy } = evaluateClasses(logitsOf(unseen, head), expected, names, 1);
      results.push({ milliseconds, accuracy });
    }
    const accuracies = results.map((result) => result.accuracy);
    const mean = accuracies.reduce((a, b) => a + b) / draws;
    const spread = Math.sqrt(accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws);
    const fit = results.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)[draws >> 1]!;
    const count = shots * names.length;
    const accuracy = `${(100 * mean).toFixed(2)} (${(100 * spread).toFixed(2)})`;
    rows.push([`${shots}`, `${draws}`, accuracy, count * perText, fit]);
  }
  printTable(
    `BANKING77 from a few examples per label, int8, frozen vectors, C = 10; accuracy on ${test.length} test texts (ms)`,
    ["examples per label", "draws", "accuracy, % (deviation)", "encoding", "fitting"],
    rows,
  );
}
