// What training the encoder on pairs adds to heads on frozen vectors: GoEmotions' 27 labels from a few examples each, by the default model's
// encoder. Accuracy on test texts in f32, and of the packed model in int8.
import { SAMPLE } from "../src/cli/calibration-sample.ts";
import { addHead } from "../src/model-file/edit-heads.ts";
import { packCheckpoint } from "../src/model-file/pack-checkpoint.ts";
import type { Quantization } from "../src/model-file/packed.ts";
import { loadPacked } from "../src/models/loaded-model.ts";
import { type ModelSource, openSource } from "../src/source/source.ts";
import { evaluateClasses } from "../src/train/evaluate-classes.ts";
import { fineTuneContrastive } from "../src/train/fine-tune/contrastive.ts";
import { readVectors } from "../src/train/read-vectors.ts";
import { trainHead } from "../src/train/train-head.ts";
import { calibrator } from "../src/wasm/calibrator.ts";
import { drawShots, type Labelled } from "./quality/banking77.ts";
import { sample } from "./quality/data.ts";
import { goEmotions } from "./quality/go-emotions.ts";
import { percent, printTable } from "./table.ts";

const CHECKPOINT = "../shared/models/minilm-l6-heads";
const HEAD = "feeling";
const TEXTS = 1500;
const SEED = 0;
const PAIRS: readonly (readonly [shots: number, pairs: number])[] = [
  [8, 2592],
  [16, 3200],
];

export async function run(): Promise<void> {
  const train = await goEmotions("train");
  const test = sample(await goEmotions("test"), TEXTS);
  const names = [...new Set(train.map(({ label }) => label))].toSorted();
  const rows = [];
  for (const [shots, pairs] of PAIRS) {
    const examples = drawShots(train, names, shots, SEED);
    const frozen = await accuracy(await frozenModel(examples), test);
    const start = performance.now();
    const { files } = await fineTuneContrastive(CHECKPOINT, examples, { name: HEAD, pairs, seed: SEED });
    const seconds = (performance.now() - start) / 1000;
    const tuned = await openSource(new Map(files));
    const [f32, int8] = [
      await accuracy(await pack(tuned, "f32"), test),
      await accuracy(await pack(tuned, "int8"), test),
    ];
    const gain = `+${(100 * (f32 - frozen)).toFixed(1)}`;
    rows.push([`${shots}`, `${pairs}`, percent(frozen), percent(f32), gain, percent(int8), seconds.toFixed(0)]);
  }
  printTable(
    `GoEmotions, ${names.length} labels from a few examples each, accuracy on ${test.length} test texts; one draw, AdamW, 3e-5, batches of 32 pairs`,
    ["examples per label", "pairs", "frozen", "contrastive", "points", "contrastive, int8", "training (s)"],
    rows,
  );
}

function pack(source: ModelSource, quantization: Quantization): Promise<Uint8Array> {
  const calibration = quantization === "f32" ? undefined : calibrator(SAMPLE);
  return packCheckpoint(source, { quantization, ...(calibration && { calibration }) });
}

/** The encoder as it is, in f32, with a head on its vectors. */
async function frozenModel(examples: readonly Labelled[]): Promise<Uint8Array> {
  const packed = await packCheckpoint(await openSource(CHECKPOINT), { quantization: "f32", heads: [] });
  const model = await loadPacked(packed);
  const head = await trainHead(model, examples, { name: HEAD, pooling: "mean", folds: 0 });
  await model.session.release();
  return addHead(packed, head);
}

async function accuracy(packed: Uint8Array, test: readonly Labelled[]): Promise<number> {
  const model = await loadPacked(packed);
  const { labels } = model.heads.find(({ name }) => name === HEAD)!;
  const texts = test.map(({ text }) => text);
  const { values } = await readVectors(model, `${HEAD}.logits`, texts);
  await model.session.release();
  const expected = Int32Array.from(test, ({ label }) => labels.indexOf(label));
  return evaluateClasses(values, expected, labels, 1).accuracy;
}
