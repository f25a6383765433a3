// What training the encoder on pairs adds to heads on frozen vectors: GoEmotions' 27 labels from a few examples each. Accuracy on test texts in f32,
// and of the packed model in int8. The default model's encoder was trained on all of GoEmotions' training texts for its emotion head, so that it
// is no measure of few examples: all-MiniLM-L6-v2, from which it was made, has not seen these labels.
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

export const SEEN = "minilm-l6-heads";
export const UNSEEN = "all-minilm-l6-v2";
const HEAD = "feeling";
const TEXTS = 1500;
const SEED = 0;
/** C of the frozen heads: the default, and one that suits few examples better. Points are counted from the best. */
const STRENGTHS = [10, 1];
const PAIRS: readonly (readonly [shots: number, pairs: number])[] = [
  [8, 2592],
  [16, 3200],
];

export async function run(encoderName: typeof SEEN | typeof UNSEEN): Promise<void> {
  const checkpoint = `../shared/models/${encoderName}`;
  const train = await goEmotions("train");
  const test = sample(await goEmotions("test"), TEXTS);
  const names = [...new Set(train.map(({ label }) => label))].toSorted();
  const rows = [];
  for (const [shots, pairs] of PAIRS) {
    const examples = drawShots(train, names, shots, SEED);
    const encoder = await packCheckpoint(await openSource(checkpoint), { quantization: "f32", heads: [] });
    const frozen = [];
    for (const strength of STRENGTHS) frozen.push(await accuracy(await withHead(encoder, examples, strength), test));
    const start = performance.now();
    const { files } = await fineTuneContrastive(checkpoint, examples, { name: HEAD, pairs, seed: SEED });
    const seconds = (performance.now() - start) / 1000;
    const tuned = await openSource(new Map(files));
    const packed = await pack(tuned, "f32");
    const f32 = await accuracy(packed, test);
    const int8 = await accuracy(await pack(tuned, "int8"), test);
    const points = 100 * (f32 - Math.max(...frozen));
    const shares = [...frozen, f32].map(percent);
    const folds = percent(await foldsOf(packed, examples));
    rows.push([`${shots}`, `${pairs}`, ...shares, points.toFixed(1), percent(int8), folds, seconds.toFixed(0)]);
  }
  printTable(
    `${encoderName}: GoEmotions, ${names.length} labels from a few examples each, accuracy on ${test.length} test texts; one draw, AdamW, 3e-5, batches of 32 pairs`,
    [
      "examples per label",
      "pairs",
      ...STRENGTHS.map((strength) => `frozen, C = ${strength}`),
      "contrastive",
      "points more",
      "contrastive, int8",
      "its folds",
      "training (s)",
    ],
    rows,
  );
}

function pack(source: ModelSource, quantization: Quantization): Promise<Uint8Array> {
  const calibration = quantization === "f32" ? undefined : calibrator(SAMPLE);
  return packCheckpoint(source, { quantization, ...(calibration && { calibration }) });
}

/** The packed encoder with a head on its vectors. */
async function withHead(packed: Uint8Array, examples: readonly Labelled[], strength: number): Promise<Uint8Array> {
  const model = await loadPacked(packed);
  const head = await trainHead(model, examples, { name: HEAD, pooling: "mean", folds: 0, strength });
  await model.session.release();
  return addHead(packed, head);
}

/** What held-back folds of the examples say, which the encoder has seen. */
async function foldsOf(packed: Uint8Array, examples: readonly Labelled[]): Promise<number> {
  const model = await loadPacked(packed);
  const { report } = await trainHead(model, examples, { name: "folds", pooling: "mean" });
  await model.session.release();
  return report!.accuracy;
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
