// Loads a model from any source: a packed file, or a checkpoint, which is packed as it is read.
import type { CheckpointOptions } from "../checkpoint/checkpoint.ts";
import { packCheckpoint } from "../model-file/pack-checkpoint.ts";
import { type PackedSource, QUANTIZATIONS, type Quantization } from "../model-file/packed.ts";
import { anything, checkOptions, flag, listOf, type OptionTable, oneOf, text } from "../options.ts";
import type { HubOptions } from "../source/hub.ts";
import { type ModelSource, type ModelSourceLike, openPackedFile, openSource } from "../source/source.ts";
import { WRITERS } from "../tokenizer/tokenizer.ts";
import { CrossAttentionSession } from "../wasm/kernel/cross-attention-session.ts";
import type { KernelSessionOptions } from "../wasm/kernel/session.ts";
import { type LoadedModel, loadPacked } from "./loaded-model.ts";

export interface PretrainedOptions extends KernelSessionOptions, CheckpointOptions, HubOptions {
  /** How a checkpoint's matrices are held (f32 when left out); a packed model has decided that already. */
  readonly quantization?: Quantization;
}

// What is wrong with a value, the layer that uses it says.
export const PRETRAINED_OPTIONS: OptionTable<PretrainedOptions> = {
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
  return loadPacked(packed, options, WRITERS, CrossAttentionSession);
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
