// A loaded model: its session, tokenizer and heads. Model classes are views of one, and several may share it.
import type { BertConfig } from "../architectures/config.ts";
import { DEFAULT_EMBEDDING, type EmbeddingSpec } from "../architectures/embedding-spec.ts";
import type { HeadSpec } from "../architectures/head-spec.ts";
import type { CheckpointOptions } from "../checkpoint/checkpoint.ts";
import { Tokenization } from "../heads/tokenization.ts";
import { packCheckpoint } from "../model-file/pack-checkpoint.ts";
import { type PackedOrigin, type PackedSource, QUANTIZATIONS, type Quantization } from "../model-file/packed.ts";
import { anything, checkOptions, flag, listOf, type OptionTable, oneOf, text } from "../options.ts";
import type { HubOptions } from "../source/hub.ts";
import { type ModelSource, type ModelSourceLike, openPackedFile, openSource } from "../source/source.ts";
import { type Tokenizer, unpackTokenizer } from "../tokenizer/tokenizer.ts";
import { KernelSession, type KernelSessionOptions } from "../wasm/kernel/session.ts";
import type { InferenceSession } from "../wasm/session.ts";

export interface LoadedModel {
  readonly session: InferenceSession;
  readonly config: BertConfig;
  readonly heads: readonly HeadSpec[];
  readonly tokenizer: Tokenizer | undefined;
  /** How texts become rows of this model; undefined without a tokenizer. */
  readonly tokenization: Tokenization | undefined;
  /** How it makes one vector of a text. */
  readonly embedding: EmbeddingSpec;
  readonly quantization: Quantization;
  readonly origin: PackedOrigin | undefined;
  /** SHA-256 of all tensors and of the metadata that answers depend on: identifies the model exactly. */
  readonly digest: string;
}

/** What a model is made of; all but the session and the configuration may be left out. */
export type ModelParts = Pick<LoadedModel, "session" | "config"> & Partial<Omit<LoadedModel, "tokenization">>;

/**
 * A model on a session of any engine, for the model classes to be constructed with.
 *
 * @example
 * const session = await OrtSession.create(await readFile("onnx/model.onnx")); // outputs: sentiment.logits
 * const config = await AutoConfig.fromPretrained("onnx");
 * const heads = [headSpec("BertForSequenceClassification", config, "sentiment")!];
 * const model = createModel({ session, config, heads, tokenizer: await BertTokenizerFast.fromPretrained(source) });
 * await new BertForSequenceClassification(model).classify(["a delight"]);
 */
export function createModel(parts: ModelParts): LoadedModel {
  const { session, config, heads = [], tokenizer, quantization = "f32", origin, digest = "" } = parts;
  const { embedding = DEFAULT_EMBEDDING } = parts;
  const tokenization =
    tokenizer &&
    new Tokenization({ tokenizer, maxLength: Math.min(config.max_position_embeddings, tokenizer.modelMaxLength) });
  return { session, config, heads, tokenizer, tokenization, embedding, quantization, origin, digest };
}

export interface PretrainedOptions extends KernelSessionOptions, CheckpointOptions, HubOptions {
  /** How a checkpoint's matrices are held (f32 when left out); a packed model has decided that already. */
  readonly quantization?: Quantization;
}

// What is wrong with a value, the layer that uses it says.
const PRETRAINED_OPTIONS: OptionTable<PretrainedOptions> = {
  quantization: oneOf(...QUANTIZATIONS),
  build: anything,
  maximumMemory: anything,
  layers: anything,
  architecture: text,
  formats: anything,
  initializeMissingHead: flag,
  heads: listOf(text),
  onLoadingInfo: anything,
  endpoint: text,
  revision: text,
  token: text,
  cacheDir: anything,
  localFilesOnly: flag,
};

/** A checkpoint's folder, files, URL or Hub id, or a packed model: its bytes, or its path or URL, which ends in `.safetensors`. */
export type PretrainedSource = ModelSourceLike | PackedSource;

/**
 * Loads a model with everything in it.
 * @throws BertletError `not_found`, `invalid_config`, `invalid_checkpoint`, `unsupported` or `out_of_memory`, which say what is wrong
 * @example
 * const model = await loadPretrained("models/minilm-l6-heads/model.safetensors");
 * model.heads.map((head) => head.name); // ["emotion", "entities", "intent", …]
 */
export async function loadPretrained(source: PretrainedSource, options: PretrainedOptions = {}): Promise<LoadedModel> {
  checkOptions(options, PRETRAINED_OPTIONS);
  const opened = await openPretrained(source, options);
  const packed = isPacked(opened)
    ? opened
    : await packCheckpoint(opened, { ...options, quantization: options.quantization ?? "f32" });
  const session = await KernelSession.create(packed, options);
  const { header, tokenizerTables } = session.model;
  const { config, heads, embedding, quantization, origin, digest } = header;
  const tokenizer = unpackTokenizer(header.tokenizer, tokenizerTables);
  return createModel({ session, config, heads, tokenizer, embedding, quantization, origin, digest });
}

/** A packed model as it is, or the files of a checkpoint. @throws BertletError `not_found` */
export async function openPretrained(
  source: PretrainedSource,
  options: PretrainedOptions,
): Promise<PackedSource | ModelSource> {
  if (isPacked(source)) return source;
  const packed = typeof source === "string" ? await openPackedFile(source, options) : undefined;
  return packed ?? openSource(source, options);
}

export function isPacked(source: PretrainedSource): source is PackedSource {
  return source instanceof Uint8Array || source instanceof ArrayBuffer || source instanceof ReadableStream;
}
