// A checkpoint's folder → its config, the encoder's tensors and the heads. Three layouts: one class's checkpoint as the Hub has it
// (config.json, model.safetensors or another format's file); the same with the modules of sentence-transformers, and any number of head
// files (heads/<name>.safetensors); or an encoder with one folder per head (config.json, encoder.safetensors, heads/<name>/config.json
// and head.safetensors).
import { DEFAULT_FORMATS } from "#formats";
import type { Architecture } from "../architectures/architecture.ts";
import { architectureOf, encoderSpec, headSpec, pytorchClass } from "../architectures/architectures.ts";
import { BertConfig } from "../architectures/config.ts";
import { type EncoderSpec, encoderShapes } from "../architectures/encoder-spec.ts";
import { type HeadSpec, headShapes } from "../architectures/head-spec.ts";
import { canonicalNames, shareTensors } from "../architectures/names.ts";
import { BertletError } from "../errors.ts";
import { readSafetensors, type TensorView } from "../safetensors.ts";
import { type ModelSource, readJson, readRequired } from "../source/source.ts";
import { type CheckpointFormat, readWeights } from "./formats.ts";
import { readGenerationSettings } from "./generation-config.ts";
import { readHeadFiles } from "./head-file.ts";
import { initializeTensors } from "./missing-head.ts";
import { type EmbeddingInput, type Modules, readEmbedding, readModules } from "./sentence-transformers.ts";
import { subfolder } from "./subfolder.ts";

type Tensors = ReadonlyMap<string, TensorView>;
type Shapes = ReadonlyMap<string, readonly number[]>;

/** A head: its spec, with tensor names as in the checkpoint, and those tensors. */
export interface HeadInput {
  readonly spec: HeadSpec;
  readonly tensors: Tensors;
}

/** A checkpoint's config, its encoder by canonical names, and its heads. */
export interface Checkpoint {
  readonly config: BertConfig;
  readonly encoder: Tensors;
  readonly heads: readonly HeadInput[];
  /** How one vector is made of a text, if the folder says so. */
  readonly embedding?: EmbeddingInput | undefined;
  /** Where the tokenizer's files are. */
  readonly files: ModelSource;
}

/** What differed from what the class has, by canonical name. */
export interface LoadingInfo {
  /** Tensors that the class has and the checkpoint lacks: initialised, by initializeMissingHead. */
  readonly missing_keys: readonly string[];
  /** Tensors that the checkpoint has and the class does not: left out. */
  readonly unexpected_keys: readonly string[];
}

/** How a checkpoint is read. */
export interface CheckpointOptions {
  /** The class to read it as; the first of `architectures` in config.json when left out. */
  readonly architecture?: string;
  /** Formats of weights, the preferred first; those that the runtime reads by itself when left out. */
  readonly formats?: readonly CheckpointFormat[];
  /** Whether missing tensors of the head (and of the pooler under it) are initialised for training instead of being an error. */
  readonly initializeMissingHead?: boolean;
  /** Which of several heads, in this order (all, by name, when left out). */
  readonly heads?: readonly string[];
  /** Called with what was missing and what was unexpected. */
  readonly onLoadingInfo?: (info: LoadingInfo) => void;
}

const HEAD_CONFIG = /^heads\/([\w-]+)\/config\.json$/;
const SEVERAL = "encoder.safetensors";

/**
 * Reads what `source` holds, in any layout.
 * @throws BertletError `not_found` for missing files, `invalid_config`, `invalid_checkpoint` for damaged files and missing heads,
 * `unsupported` for another architecture or format, `invalid_input` for heads chosen of a single class
 */
export async function readCheckpoint(source: ModelSource, options: CheckpointOptions = {}): Promise<Checkpoint> {
  const modules = await readModules(source);
  const files = subfolder(source, modules?.encoder ?? "");
  const config = BertConfig.fromJSON(await requiredJson(files, "config.json"));
  if (modules) return readSentenceTransformer(source, modules, files, config, options);
  const names = await source.list();
  if (names.includes(SEVERAL)) return readSeveral(source, config, options.heads ?? headNames(names));
  if (options.heads) {
    throw new BertletError(
      "invalid_input",
      `heads are chosen in a folder with ${SEVERAL}; this one holds a single class`,
    );
  }
  return readSingle(source, config, options);
}

/**
 * The bare encoder unless a class is named: its own config often names the class that it was trained as. Where there are head files, the bare
 * encoder with these heads.
 */
async function readSentenceTransformer(
  source: ModelSource,
  modules: Modules,
  files: ModelSource,
  config: BertConfig,
  options: CheckpointOptions,
): Promise<Checkpoint> {
  const { formats = DEFAULT_FORMATS } = options;
  const { baseClass, names } = architectureOf(config);
  const embedding = await readEmbedding(source, modules, formats, names, config.hidden_size);
  const heads = await readHeadFiles(source, options.heads);
  if (heads.length === 0)
    return { ...(await readSingle(files, config, { architecture: baseClass, ...options })), embedding };
  return { ...(await readSingle(files, config, { ...options, architecture: baseClass })), heads, embedding };
}

async function readSeveral(source: ModelSource, config: BertConfig, names: readonly string[]): Promise<Checkpoint> {
  const family = architectureOf(config);
  const encoder = await readTensors(source, SEVERAL, family);
  const heads = await Promise.all(
    names.map(async (name) => {
      const own = BertConfig.fromJSON(await requiredJson(source, `heads/${name}/config.json`));
      const spec = knownHead(own.architectures[0] ?? "none", own, name);
      return { spec, tensors: await readTensors(source, `heads/${name}/head.safetensors`, family) };
    }),
  );
  return { config, encoder, heads, files: source };
}

function headNames(files: readonly string[]): string[] {
  return files.flatMap((name) => HEAD_CONFIG.exec(name)?.[1] ?? []).sort();
}

/** The one-class layout: the head is named by its task, and its tensors are beside the encoder's. */
async function readSingle(source: ModelSource, config: BertConfig, options: CheckpointOptions): Promise<Checkpoint> {
  const { formats = DEFAULT_FORMATS } = options;
  return toCheckpoint(await readWeights(source, formats, architectureOf(config).names), source, config, options);
}

/** The checkpoint of these tensors, which have PyTorch's names, and of `source`'s other files. */
export async function toCheckpoint(
  weights: Tensors,
  source: ModelSource,
  config: BertConfig,
  options: CheckpointOptions,
): Promise<Checkpoint> {
  const { initializeMissingHead = false, onLoadingInfo } = options;
  const family = architectureOf(config);
  const architecture = pytorchClass(options.architecture ?? config.architectures[0] ?? family.baseClass, family);
  const known = architecture === family.baseClass ? undefined : knownHead(architecture, config);
  const spec = known && (await withGeneration(known, source));
  const found = shareTensors(canonicalNames(weights, family.names), family.names);
  const wanted = besideEncoder(spec, encoderSpec(config));
  const missing = new Map([...wanted].filter(([name]) => !found.has(name)));
  if (spec && missing.size > 0 && !initializeMissingHead && hasOnlyEncoder(found, spec, encoderSpec(config))) {
    throw noHead(spec, missing);
  }
  const tensors = initializeMissingHead ? new Map([...found, ...initializeTensors(missing, config)]) : found;
  onLoadingInfo?.({ missing_keys: [...missing.keys()], unexpected_keys: unexpected(found, spec, config) });
  return { config, encoder: tensors, heads: spec ? [{ spec, tensors }] : [], files: source };
}

/** What a class uses beside embeddings and layers: its head, and the pooler where the head begins with it. */
function besideEncoder(spec: HeadSpec | undefined, encoder: EncoderSpec): Shapes {
  if (!spec) return new Map();
  const core = encoderShapes({ ...encoder, outputs: [] });
  return new Map([...headShapes(spec, encoder.hiddenSize)].filter(([name]) => !core.has(name)));
}

/** Whether only tensors of the head are missing. If others are, too, packing lists all of them at once. */
function hasOnlyEncoder(tensors: Tensors, spec: HeadSpec, encoder: EncoderSpec): boolean {
  const core = encoderShapes({ ...encoder, outputs: [] });
  const whole = encoderShapes(encoder);
  const fits = ([name, shape]: readonly [string, readonly number[]]) =>
    tensors.get(name)?.shape.join() === shape.join();
  const optional = [...whole].filter(([name]) => !core.has(name));
  if (![...core].every(fits)) return false;
  if (optional.some(([name]) => tensors.has(name)) && !optional.every(fits)) return false;
  return ![...headShapes(spec, encoder.hiddenSize).keys()].some((name) => tensors.has(name) && !whole.has(name));
}

function noHead(spec: HeadSpec, missing: Shapes): BertletError {
  const problems = [...missing.keys()].map((name) => `head ${spec.name}: ${name} is missing`);
  return new BertletError(
    "invalid_checkpoint",
    `${problems.join("; ")}; with initializeMissingHead they are initialised for training`,
  );
}

function unexpected(tensors: Tensors, spec: HeadSpec | undefined, config: BertConfig): string[] {
  const encoder = encoderSpec(config);
  const { shared } = architectureOf(config).names;
  const known = new Set([...encoderShapes(encoder).keys(), ...besideEncoder(spec, encoder).keys(), ...shared.keys()]);
  return [...tensors.keys()].filter((name) => !known.has(name));
}

/** A causal head with the folder's settings of generation. */
async function withGeneration(spec: HeadSpec, files: ModelSource): Promise<HeadSpec> {
  if (spec.kind !== "causal-lm") return spec;
  const generation = await readGenerationSettings(files);
  return generation ? { ...spec, generation } : spec;
}

function knownHead(architecture: string, config: BertConfig, name?: string): HeadSpec {
  const spec = headSpec(architecture, config, name);
  if (!spec) throw new BertletError("unsupported", `there is no head for the architecture ${architecture}`);
  return spec;
}

async function readTensors(source: ModelSource, name: string, { names }: Architecture): Promise<Tensors> {
  return canonicalNames(readSafetensors(await readRequired(source, name)).tensors, names);
}

async function requiredJson(source: ModelSource, name: string): Promise<unknown> {
  const json = await readJson(source, name);
  if (json === undefined) throw new BertletError("not_found", `${name} is missing`);
  return json;
}
