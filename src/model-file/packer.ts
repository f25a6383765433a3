// Collects a packed file's tensors: quantises matrices, lays them out for the kernels, and hashes the result.
import { BertletError } from "../errors.ts";
import { rotateGram, rotateRows } from "../quantize/hadamard.ts";
import { align, packF32, packQc7w, packQm4w } from "../quantize/layout.ts";
import { type TensorView, toFloat32, type WritableTensor } from "../safetensors.ts";
import { QUANTIZATIONS, type Quantization } from "./packed.ts";

/** XᵀX [K][K] of the inputs X of each matrix, K padded, by the matrix's name in the packed model. */
export type Grams = ReadonlyMap<string, Float64Array>;

export class Packer {
  /** In the order of the file. */
  readonly tensors = new Map<string, WritableTensor>();
  readonly #quantization: Quantization;
  readonly #grams: Grams | undefined;
  /** Tensors that hold NaN or an infinity, by their names in the checkpoint. */
  readonly #broken = new Set<string>();

  constructor(quantization: Quantization, grams?: Grams) {
    this.#quantization = quantization;
    this.#grams = grams;
  }

  /** A tensor of the checkpoint as f32. @param owner put before the name in errors */
  read(tensors: ReadonlyMap<string, TensorView>, name: string, owner = ""): Float32Array {
    const values = toFloat32(tensors.get(name)!);
    if (!values.every(Number.isFinite)) this.#broken.add(owner + name);
    return values;
  }

  /** @throws BertletError `invalid_checkpoint` that names every tensor read that holds NaN or an infinity */
  refuseBroken(): void {
    if (this.#broken.size === 0) return;
    throw new BertletError("invalid_checkpoint", `NaN or infinite weights in ${[...this.#broken].join(", ")}`);
  }

  /** W [N][K], row major, quantised as the model is, but no coarser than `coarsest`. */
  matrix(name: string, w: Float32Array, N: number, K: number, coarsest: Quantization = "int4"): void {
    const [columns, depth] = [align(N), align(K)];
    const own = QUANTIZATIONS.indexOf(this.#quantization);
    switch (QUANTIZATIONS[Math.min(own, QUANTIZATIONS.indexOf(coarsest))]!) {
      case "f32":
        this.#add(`${name}.weight`, "F32", [columns, depth], packF32(w, N, K));
        break;
      case "int8": {
        const { weight, scale } = packQc7w(...this.#rotated(name, w, N, K));
        this.#add(`${name}.weight`, "U8", [columns, depth], weight);
        this.#add(`${name}.scale`, "F32", [columns], scale);
        break;
      }
      case "int4": {
        const { weight, multiplier, scale } = packQm4w(...this.#rotated(name, w, N, K));
        this.#add(`${name}.weight`, "U8", [columns, depth / 2], weight);
        this.#add(`${name}.multiplier`, "I8", [columns, multiplier.length / columns], multiplier);
        this.#add(`${name}.scale`, "F32", [columns], scale);
      }
    }
  }

  /** The matrix, and what is known of its inputs, after the block Hadamard transform that the kernels apply to the inputs. */
  #rotated(name: string, w: Float32Array, N: number, K: number): Parameters<typeof packQc7w> {
    const depth = align(K);
    const gram = this.#grams?.get(name);
    return [rotateRows(w, N, K), N, depth, gram && rotateGram(gram, depth)];
  }

  vector(name: string, values: Float32Array): void {
    const padded = new Float32Array(align(values.length));
    padded.set(values);
    this.#add(name, "F32", [padded.length], padded);
  }

  bytes(name: string, bytes: Uint8Array): void {
    this.#add(name, "U8", [bytes.byteLength], bytes);
  }

  /** A tensor that is packed already. */
  copy(name: string, { dtype, shape, bytes }: TensorView): void {
    this.tensors.set(name, { dtype, shape, bytes });
  }

  #add(name: string, dtype: WritableTensor["dtype"], shape: number[], data: ArrayBufferView): void {
    this.tensors.set(name, { dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
  }
}
