// Calibration: an unquantised model shows what its matrices meet, and their weights are rounded for that. Running the model is the
// observer's work (src/wasm/calibrator.ts).
import { BertletError } from "../errors.ts";
import { type PackInput, packModel } from "../model-file/pack.ts";

/** Runs a packed f32 model, and gives XᵀX of what each matrix of its layers met, by the matrix's name in the packed model. */
export type InputObserver = (model: Uint8Array) => Promise<ReadonlyMap<string, Float64Array>>;

/**
 * What to pack instead of `input`.
 * @throws BertletError `invalid_input` where it is not to be quantised
 */
export async function calibrate(input: PackInput, observe: InputObserver): Promise<PackInput> {
  if (input.quantization === "f32") throw new BertletError("invalid_input", "there is nothing to calibrate in f32");
  return { ...input, grams: await observe(await packModel({ ...input, heads: [], quantization: "f32" })) };
}
