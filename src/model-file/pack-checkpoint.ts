// A checkpoint's folder → a packed model: the checkpoint is read (src/checkpoint/checkpoint.ts), calibrated if asked for, and packed.
import { type CheckpointOptions, readCheckpoint } from "../checkpoint/checkpoint.ts";
import { BertletError } from "../errors.ts";
import type { ModelSource } from "../source/source.ts";
import { packTokenizer } from "../tokenizer/tokenizer.ts";
import { type PackInput, packModel } from "./pack.ts";
import type { PackedOrigin, Quantization } from "./packed.ts";
import type { Grams } from "./packer.ts";

/** Runs a packed f32 model, and returns XᵀX of the inputs of each matrix of its layers, by the matrix's name in the packed model. */
export type InputObserver = (model: Uint8Array) => Promise<Grams>;

export interface PackOptions extends CheckpointOptions {
  readonly quantization: Quantization;
  /** Observes the inputs of the matrices, so that rounding costs less of the answers: `calibrator(texts)`. */
  readonly calibration?: InputObserver;
  /** Recorded in the file. */
  readonly origin?: PackedOrigin;
}

/**
 * Packs what `source` holds.
 * @throws BertletError `not_found` for missing files, `invalid_config`, `invalid_checkpoint` that names every missing and mis-shaped
 * tensor, `unsupported` for another architecture or format, `invalid_input` for a calibration of f32, or heads of a single class
 * @example
 * const file = await packCheckpoint(await openSource("all-minilm-l6-v2"), { quantization: "int8" });
 */
export async function packCheckpoint(source: ModelSource, options: PackOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { quantization, origin, calibration } = options;
  const { files, ...checkpoint } = await readCheckpoint(source, options);
  const input = { ...checkpoint, tokenizer: await packTokenizer(files), quantization, origin };
  return packModel(calibration ? await calibrate(input, calibration) : input);
}

/**
 * The input with the grams of its matrices.
 * @throws BertletError `invalid_input` if it is not to be quantised, `unsupported` for a decoder that attends to texts that are not at hand
 */
async function calibrate(input: PackInput, observe: InputObserver): Promise<PackInput> {
  if (input.quantization === "f32") throw new BertletError("invalid_input", "there is nothing to calibrate in f32");
  if (input.config.add_cross_attention)
    throw new BertletError("unsupported", "a decoder with cross-attention is not calibrated");
  return { ...input, grams: await observe(await packModel({ ...input, heads: [], quantization: "f32" })) };
}
