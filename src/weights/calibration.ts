// Calibration: an unquantised model shows what its matrices meet; activations are smoothed by it and weights rounded by it. Running the
// model is the observer's work (src/wasm/calibrator.ts).
import type { BertConfig } from "../config.ts";
import { BertletError } from "../errors.ts";
import type { InputStatistics } from "./input-statistics.ts";
import { align } from "./layout.ts";
import { type PackInput, packModel } from "./pack.ts";
import { smooth, smoothingSites } from "./smoothing.ts";

/** Runs a packed f32 model, and says what each matrix met, by its name in the packed model. */
export type InputObserver = (model: Uint8Array) => Promise<ReadonlyMap<string, InputStatistics>>;

// A column that hardly stirred is divided by no less than the root of this.
const SMALLEST = 1e-3;

/**
 * What to pack instead of `input`.
 * @throws BertletError `invalid_input` where it is not to be int8
 */
export async function calibrate(input: PackInput, observe: InputObserver): Promise<PackInput> {
  if (input.quantization !== "int8") throw new BertletError("invalid_input", "only int8 can be calibrated");
  const statistics = await observe(await packModel({ ...input, heads: [], quantization: "f32" }));
  const { config } = input;
  const grams = new Map<string, Float64Array>();
  for (const [name, K] of calibratedMatrices(config)) grams.set(name, statistics.get(name)!.gramOf(K));
  let { encoder } = input;
  for (const site of smoothingSites(config)) {
    const factors = statistics
      .get(site.packed)!
      .max.slice(0, config.hidden_size)
      .map((max) => Math.sqrt(Math.max(max, SMALLEST)));
    encoder = smooth(encoder, site, factors);
    grams.set(site.packed, divided(grams.get(site.packed)!, factors));
  }
  return { ...input, encoder, grams };
}

/** The layers' matrices by their packed names, and how many inputs each has. */
function calibratedMatrices(config: BertConfig): [name: string, K: number][] {
  const { hidden_size: H, intermediate_size: F, num_attention_heads: A, headSize: D } = config;
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => `encoder.layer.${layer}`).flatMap(
    (at): [string, number][] => [
      [`${at}.attention.self.qkv`, H],
      [`${at}.attention.output.dense`, A * align(D)],
      [`${at}.intermediate.dense`, H],
      [`${at}.output.dense`, F],
    ],
  );
}

/** XᵀX of the columns divided by `factors`. */
function divided(gram: Float64Array, factors: Float32Array): Float64Array {
  const K = factors.length;
  return gram.map((value, i) => value / factors[Math.floor(i / K)]! / factors[i % K]!);
}
