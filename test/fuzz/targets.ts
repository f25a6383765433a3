// What is fuzzed: each format of checkpoint with a sound file, and the reading of it, all the way to a packed model.
import { readFile } from "node:fs/promises";
import { BertletError } from "../../src/errors.ts";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { readPacked } from "../../src/model-file/packed.ts";
import { type ModelSource, openSource } from "../../src/source/source.ts";
import {
  AlbertTokenizer,
  AlbertTokenizerFast,
  BertTokenizerFast,
  CamembertTokenizer,
  CamembertTokenizerFast,
  type RowEncoding,
  type Tokenizer,
} from "../../src/tokenizer/tokenizer.ts";
import { damage, type Random } from "./damage.ts";
import { damageText } from "./damage-text.ts";
import { HOSTILE_FLAX, HOSTILE_PYTORCH, HOSTILE_SAFETENSORS, HOSTILE_SENTENCEPIECE, type Hostile } from "./hostile.ts";
import { hostileHdf5 } from "./hostile-hdf5.ts";
import type { Outcome } from "./outcome.ts";

export interface Target {
  readonly name: string;
  readonly file: Uint8Array;
  damage(file: Uint8Array, random: Random): Uint8Array;
  readonly hostile: readonly Hostile[];
  read(file: Uint8Array): Promise<unknown>;
}

interface Format {
  readonly name: string;
  /** Below test/goldens. */
  readonly folder: string;
  /** What is damaged. */
  readonly file: string;
  readonly beside?: readonly string[];
  readonly hostile?: () => Promise<readonly Hostile[]>;
}

const FORMATS: readonly Format[] = [
  {
    name: "safetensors",
    folder: "torch/sequence-classification",
    file: "model.safetensors",
    hostile: async () => HOSTILE_SAFETENSORS,
  },
  {
    name: "safetensors-index",
    folder: "torch/sharded",
    file: "model.safetensors.index.json",
    beside: [1, 2, 3, 4].map((shard) => `model-0000${shard}-of-00004.safetensors`),
  },
  {
    name: "pytorch-zip",
    folder: "torch/bert-model-odd",
    file: "pytorch_model.bin",
    hostile: async () => HOSTILE_PYTORCH,
  },
  { name: "pytorch-pickle", folder: "torch/old-names", file: "pytorch_model.bin" },
  { name: "tensorflow-h5", folder: "tf/sequence-classification", file: "tf_model.h5", hostile: hostileHdf5 },
  {
    name: "flax-msgpack",
    folder: "flax/sequence-classification",
    file: "flax_model.msgpack",
    hostile: async () => HOSTILE_FLAX,
  },
];

/** The settings of a folder and its tokenizer: JSON and text, damaged as such. */
const TEXT_FORMATS: readonly Format[] = [
  { name: "config.json", folder: "torch/sequence-classification", file: "config.json", beside: ["model.safetensors"] },
  { name: "tokenizer.json", folder: "tokenizer/cased", file: "tokenizer.json", beside: ["tokenizer_config.json"] },
  {
    name: "tokenizer_config.json",
    folder: "tokenizer/cased",
    file: "tokenizer_config.json",
    beside: ["tokenizer.json", "special_tokens_map.json"],
  },
];

/** Files of tokenizers that are damaged byte by byte, each alone in its folder. */
const TOKENIZER_FORMATS: readonly (Format & { readonly read: (source: ModelSource) => Promise<unknown> })[] = [
  {
    name: "spiece.model",
    folder: "tokenizer-relatives/sentencepiece/albert",
    file: "spiece.model",
    hostile: async () => HOSTILE_SENTENCEPIECE,
    read: async (source) => {
      tokenize(await AlbertTokenizerFast.fromPretrained(source));
      tokenize(await AlbertTokenizer.fromPretrained(source));
    },
  },
  {
    name: "sentencepiece.bpe.model",
    folder: "tokenizer-relatives/sentencepiece/camembert",
    file: "sentencepiece.bpe.model",
    read: async (source) => {
      tokenize(await CamembertTokenizerFast.fromPretrained(source));
      tokenize(await CamembertTokenizer.fromPretrained(source));
    },
  },
];
const SAMPLES = ["Marie Curie left Warsaw in 1891.", "", "\ud800 \u{f2be8} e\u0301", "[CLS] [MASK] ##ing prototype"];

export const FILE_TARGETS: readonly string[] = [
  ...[...FORMATS, ...TEXT_FORMATS, ...TOKENIZER_FORMATS].map(({ name }) => name),
  "packed",
];

export async function openTarget(name: string): Promise<Target> {
  if (name === "packed") return packedTarget();
  const text = TEXT_FORMATS.find((candidate) => candidate.name === name);
  const tokenizer = TOKENIZER_FORMATS.find((candidate) => candidate.name === name);
  const format = text ?? tokenizer ?? FORMATS.find((candidate) => candidate.name === name);
  if (!format) throw new Error(`there is no target ${name}; there are ${FILE_TARGETS.join(", ")}`);
  const { folder, file, beside = [], hostile } = format;
  const files = new Map<string, Uint8Array>();
  const parts = text || tokenizer ? [file, ...beside] : ["config.json", file, ...beside];
  for (const part of parts) files.set(part, new Uint8Array(await readFile(`test/goldens/${folder}/${part}`)));
  const source = (damaged: Uint8Array) => openSource(new Map(files).set(file, damaged));
  const read = tokenizer?.read ?? (files.has("tokenizer_config.json") ? readBert : pack);
  return {
    name,
    file: files.get(file)!,
    damage: text ? damageText : damage,
    hostile: (await hostile?.()) ?? [],
    read: async (damaged) => read(await source(damaged)),
  };
}

const pack = (source: ModelSource) => packCheckpoint(source, { quantization: "f32" });
const readBert = async (source: ModelSource) => tokenize(await BertTokenizerFast.fromPretrained(source));

function tokenize(tokenizer: Tokenizer | Tokenizer<RowEncoding>): void {
  for (const text of SAMPLES) tokenizer.decode(tokenizer.encode(text));
}

async function packedTarget(): Promise<Target> {
  const source = await openSource("test/goldens/torch/sequence-classification");
  return {
    name: "packed",
    file: await packCheckpoint(source, { quantization: "int8" }),
    damage,
    hostile: [],
    read: (damaged) => readPacked(damaged, ({ weightBytes }) => new Uint8Array(weightBytes)),
  };
}

/**
 * Reads every hostile file, then damaged ones.
 * @throws Error for a file whose reader fails otherwise than by a BertletError, or a hostile one that is read or refused for another reason
 */
export async function fuzzFiles(
  target: Target,
  count: number,
  random: Random,
  progress: (done: number) => void = () => {},
): Promise<Outcome> {
  const outcome: Outcome = { read: 0, refused: 0, slowest: 0, memory: 0 };
  const before = process.memoryUsage().rss;
  for (let index = 0; index < count; index++) {
    const hostile = target.hostile[index];
    const file = hostile?.file ?? target.damage(target.file, random);
    const start = performance.now();
    const message = await refusal(target, file).catch((cause: unknown) => {
      throw new Error(`${target.name} ${index} (${hostile?.name ?? "damaged"}): ${cause}`, { cause });
    });
    outcome.slowest = Math.max(outcome.slowest, performance.now() - start);
    if (hostile && !message?.includes(hostile.says))
      throw new Error(`${target.name}: ${hostile.name} should be refused with "${hostile.says}", not ${message}`);
    if (message === undefined) outcome.read++;
    else outcome.refused++;
    if (index % 50 === 0) {
      outcome.memory = Math.max(outcome.memory, (process.memoryUsage().rss - before) / 1e6);
      progress(index);
    }
  }
  return outcome;
}

/** The message of the BertletError; undefined when the file is read. */
async function refusal(target: Target, file: Uint8Array): Promise<string | undefined> {
  try {
    await target.read(file);
    return undefined;
  } catch (error) {
    if (error instanceof BertletError) return error.message;
    throw error;
  }
}
