// npm run pack:model: packs the default model from its checkpoint beside the repository, with the settings in heads.json: how tokens become
// entities when a request does not say, and the score from which an entity counts.
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { readTexts } from "../src/cli/calibration-texts.ts";
import { writeWhole } from "../src/cli/write-whole.ts";
import { packCheckpoint } from "../src/model-file/pack-checkpoint.ts";
import { openFolder } from "../src/source/folder.node.ts";
import type { ModelSource } from "../src/source/types.ts";
import { calibrator } from "../src/wasm/calibrator.ts";

const FOLDER = "models/minilm-l6-heads";
const CHECKPOINT = "../shared/models/minilm-l6-heads";
const TEXTS = "../shared/data/text_wiki_squad/wiki_paragraphs.txt.gz";
const TEXT_COUNT = 64;
// In this order: the first head of a kind is its default.
const HEADS = ["sentiment", "emotion", "intent", "rerank", "entities", "slots"].concat(
  ["question-answering", "multiple-choice", "next-sentence", "masked-lm", "pretraining"], //
);

const settingsSchema = v.record(v.string(), v.strictObject({ default_aggregation: v.string(), threshold: v.number() }));
const configSchema = v.looseObject({ id2label: v.optional(v.record(v.string(), v.string()), {}) });

const settings = v.parse(settingsSchema, JSON.parse(await readFile(`${FOLDER}/heads.json`, "utf8")));
const checkpoint = await openFolder(CHECKPOINT);

/** The checkpoint, with our settings in the configurations of its heads. */
const source: ModelSource = {
  list: () => checkpoint.list(),
  async read(name) {
    const bytes = await checkpoint.read(name);
    const [, head = ""] = /^heads\/([^/]+)\/config\.json$/.exec(name) ?? [];
    const own = settings[head];
    if (!bytes || !own) return bytes;
    const config = v.parse(configSchema, JSON.parse(new TextDecoder().decode(bytes)));
    const thresholds = Object.keys(config.id2label).map(() => own.threshold);
    const changed = { ...config, default_aggregation: own.default_aggregation, thresholds };
    return new TextEncoder().encode(JSON.stringify(changed));
  },
};

const packed = await packCheckpoint(source, {
  quantization: "int8",
  calibration: calibrator(await readTexts(TEXTS, TEXT_COUNT)),
  heads: HEADS,
  origin: { name: "minilm-l6-heads", license: "Apache-2.0" },
});
await writeWhole(`${FOLDER}/model.safetensors`, packed);
console.log(`${FOLDER}/model.safetensors: ${packed.byteLength} bytes`);
