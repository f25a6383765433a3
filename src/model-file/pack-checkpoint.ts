// A checkpoint's folder → a packed model. It finds the config, the weights, the heads and the tokenizer; packing is pack.ts's work.
// Two layouts: one class's checkpoint as the Hub has it (config.json, model.safetensors or another format's file), or an encoder with a
// folder a head (config.json, encoder.safetensors, heads/<name>/config.json and head.safetensors).
import { DEFAULT_FORMATS } from "#formats";
import { headSpec } from "../architectures/architectures.ts";
import { BertConfig } from "../architectures/config.ts";
import { type HeadSpec, headShapes } from "../architectures/head-spec.ts";
import { canonicalNames, encoderShapes, SHARED, shareTensors } from "../architectures/names.ts";
import { type CheckpointFormat, readWeights } from "../checkpoint/formats.ts";
import { initializeTensors } from "../checkpoint/missing-head.ts";
import { BertletError } from "../errors.ts";
import { calibrate, type InputObserver } from "../quantize/calibration.ts";
import { readSafetensors, type TensorView } from "../safetensors.ts";
import { type ModelSource, readJson, readRequired } from "../source/source.ts";
import { packTokenizer } from "../tokenizer/packed.ts";
import { type HeadInput, packModel } from "./pack.ts";
import type { PackedOrigin, Quantization } from "./packed.ts";

/** What was not as the class has it, by canonical name. */
export interface LoadingInfo {
  /** Tensors that the class has and the checkpoint has not: made anew, by initializeMissingHead. */
  readonly missing_keys: readonly string[];
  /** Tensors that the checkpoint has and the class has not: left out. */
  readonly unexpected_keys: readonly string[];
}

/** How a checkpoint is read. */
export interface CheckpointOptions {
  /** The class to read it as; the first of `architectures` in config.json when left out. */
  readonly architecture?: string;
  /** Formats of weights, the preferred first; those that the runtime reads by itself when left out. */
  readonly formats?: readonly CheckpointFormat[];
  /** Whether tensors of the head (and of the pooler under it) that are missing are made anew, ready to be trained, and not an error. */
  readonly initializeMissingHead?: boolean;
  /** Which of several heads, in this order (all, by name, when left out). */
  readonly heads?: readonly string[];
  /** Is told what was missing and what was unexpected. */
  readonly onLoadingInfo?: (info: LoadingInfo) => void;
}

export interface PackOptions extends CheckpointOptions {
  readonly quantization: Quantization;
  /** Shows what the matrices meet, so that rounding costs less of the answers: `calibrator(texts)`. */
  readonly calibration?: InputObserver;
  /** Recorded in the file. */
  readonly origin?: PackedOrigin;
}

const HEAD_CONFIG = /^heads\/([\w-]+)\/config\.json$/;
const SEVERAL = "encoder.safetensors";

/**
 * Packs what `source` holds.
 * @throws BertletError `not_found` for missing files, `invalid_config`, `invalid_checkpoint` that names every missing and mis-shaped
 * tensor, `unsupported` for another architecture or format, `invalid_input` for a calibration of f32, or heads of a single class
 * @example
 * const file = await packCheckpoint(await openSource("all-minilm-l6-v2"), { quantization: "int8" });
 */
export async function packCheckpoint(source: ModelSource, options: PackOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { quantization, origin, calibration } = options;
  const checkpoint = await readCheckpoint(source, options);
  const input = { ...checkpoint, tokenizer: await packTokenizer(source), quantization, origin };
  return packModel(calibration ? await calibrate(input, calibration) : input);
}

interface Weights {
  readonly encoder: ReadonlyMap<string, TensorView>;
  readonly heads: HeadInput[];
}

/** A checkpoint's config, its encoder by canonical names, and its heads. */
export interface Checkpoint extends Weights {
  readonly config: BertConfig;
}

/** Reads what `source` holds, in either layout. @throws BertletError as packCheckpoint */
export async function readCheckpoint(source: ModelSource, options: CheckpointOptions = {}): Promise<Checkpoint> {
  const config = BertConfig.fromJSON(await requiredJson(source, "config.json"));
  const names = await source.list();
  if (options.heads && !names.includes(SEVERAL)) {
    throw new BertletError(
      "invalid_input",
      `heads are chosen of a folder with ${SEVERAL}; this one holds a single class`,
    );
  }
  const weights = names.includes(SEVERAL)
    ? await readSeveral(source, options.heads ?? headNames(names))
    : await readSingle(source, config, options);
  return { config, ...weights };
}

async function readSeveral(source: ModelSource, names: readonly string[]): Promise<Weights> {
  return { encoder: await readTensors(source, SEVERAL), heads: await readHeads(source, names) };
}

function headNames(files: readonly string[]): string[] {
  return files.flatMap((name) => HEAD_CONFIG.exec(name)?.[1] ?? []).sort();
}

async function readHeads(source: ModelSource, names: readonly string[]): Promise<HeadInput[]> {
  return Promise.all(
    names.map(async (name) => {
      const config = BertConfig.fromJSON(await requiredJson(source, `heads/${name}/config.json`));
      const spec = specOf(config.architectures[0] ?? "none", config, name);
      return { spec, tensors: await readTensors(source, `heads/${name}/head.safetensors`) };
    }),
  );
}

/** The one-class layout: the head is named by its task, and its tensors lie beside the encoder's. */
async function readSingle(source: ModelSource, config: BertConfig, options: CheckpointOptions): Promise<Weights> {
  const { formats = DEFAULT_FORMATS, initializeMissingHead = false, onLoadingInfo } = options;
  const architecture = canonicalArchitecture(options.architecture ?? config.architectures[0] ?? "BertModel");
  const spec = architecture === "BertModel" ? undefined : specOf(architecture, config);
  const found = shareTensors(canonicalNames(await readWeights(source, formats)));
  const wanted = headTensors(spec, config);
  const missing = new Map([...wanted].filter(([name]) => !found.has(name)));
  if (missing.size > 0 && !initializeMissingHead && hasOnlyEncoder(found, wanted, config)) throw noHead(spec, missing);
  const tensors = initializeMissingHead ? new Map([...found, ...initializeTensors(missing, config)]) : found;
  onLoadingInfo?.({ missing_keys: [...missing.keys()], unexpected_keys: unexpected(found, spec, config) });
  return { encoder: tensors, heads: spec ? [{ spec, tensors }] : [] };
}

/** What the class has beside the encoder: its head, and the pooler where the head stands on it. */
function headTensors(spec: HeadSpec | undefined, config: BertConfig): Map<string, readonly number[]> {
  if (!spec) return new Map();
  const encoder = encoderShapes(config, false);
  const pooled = spec.outputs.some(({ from }) => from === "pooler_output");
  const pooler = [...encoderShapes(config, pooled)].filter(([name]) => !encoder.has(name));
  return new Map([...pooler, ...headShapes(spec, config.hidden_size)]);
}

/** Whether the encoder is whole and the head is not there, but for the pooler; else packModel tells of everything at once. */
function hasOnlyEncoder(
  tensors: ReadonlyMap<string, TensorView>,
  head: ReadonlyMap<string, unknown>,
  config: BertConfig,
): boolean {
  const shapes = [...encoderShapes(config, tensors.has("pooler.dense.weight"))];
  if (shapes.some(([name, shape]) => tensors.get(name)?.shape.join() !== shape.join())) return false;
  return ![...head.keys()].some((name) => tensors.has(name) && !name.startsWith("pooler."));
}

function noHead(spec: HeadSpec | undefined, missing: ReadonlyMap<string, unknown>): BertletError {
  const problems = [...missing.keys()].map((name) => `head ${spec?.name}: ${name} is missing`);
  return new BertletError(
    "invalid_checkpoint",
    `${problems.join("; ")}; with initializeMissingHead they would be made anew, for training`,
  );
}

function unexpected(
  tensors: ReadonlyMap<string, TensorView>,
  spec: HeadSpec | undefined,
  config: BertConfig,
): string[] {
  const known = new Set([...encoderShapes(config, true).keys(), ...headTensors(spec, config).keys(), ...SHARED.keys()]);
  return [...tensors.keys()].filter((name) => !known.has(name));
}

const FLAX_CAUSAL = "BertForCausalLM";

/** The class by PyTorch's name: the other frameworks' have a prefix, and Flax calls the language model otherwise. */
function canonicalArchitecture(name: string): string {
  const plain = name.replace(/^(TF|Flax)(?=Bert)/, "");
  return plain === FLAX_CAUSAL ? "BertLMHeadModel" : plain;
}

function specOf(architecture: string, config: BertConfig, name?: string): HeadSpec {
  const spec = headSpec(architecture, config, name);
  if (!spec) throw new BertletError("unsupported", `there is no head for the architecture ${architecture}`);
  return spec;
}

async function readTensors(source: ModelSource, name: string): Promise<Map<string, TensorView>> {
  return canonicalNames(readSafetensors(await readRequired(source, name)).tensors);
}

async function requiredJson(source: ModelSource, name: string): Promise<unknown> {
  const json = await readJson(source, name);
  if (json === undefined) throw new BertletError("not_found", `${name} is missing`);
  return json;
}
