// Addresses of a packed model's tensors in wasm memory. Every look-up says how large the tensor must be, so that a file with wrong shapes
// is refused before a kernel reads past an end.
import { BertletError } from "../../errors.ts";
import type { PackedHeader } from "../../model-file/packed.ts";
import { align, BLOCK_INPUTS } from "../../quantize/layout.ts";
import { elementCount } from "../../shape.ts";

/** Addresses of x·W + b with W [N][K]. `scale` is 0 for an unquantised W, `multiplier` for all but those in 4 bits. */
export interface Dense {
  readonly name: string;
  readonly weight: number;
  readonly multiplier: number;
  readonly scale: number;
  readonly bias: number;
  readonly N: number;
  readonly K: number;
}

/** A table of N entries, K values each. */
export type Table = Omit<Dense, "bias">;

export interface Norm {
  readonly gamma: number;
  readonly beta: number;
}

/** Outputs `from` to `to` of a dense, both multiples of 8. */
export function outputs({ name, weight, multiplier, scale, bias, K }: Dense, from: number, to: number): Dense {
  const column = multiplier ? K / 2 : scale ? K : 4 * K;
  return {
    name,
    weight: weight + from * column,
    multiplier: multiplier && multiplier + from * Math.ceil(K / BLOCK_INPUTS),
    scale: scale && scale + 4 * from,
    bias: bias + 4 * from,
    N: to - from,
    K,
  };
}

export class Weights {
  readonly #header: PackedHeader;
  readonly #base: number;

  /** @param base the address of the first weight */
  constructor(header: PackedHeader, base: number) {
    this.#header = header;
    this.#base = base;
  }

  /** Whether matrices may be quantised, so that activations need room for their int8 form. */
  get quantised(): boolean {
    return this.#header.quantization !== "f32";
  }

  /** N and K as the model counts them; the dense holds them padded. */
  dense(name: string, N: number, K: number, bias = `${name}.bias`): Dense {
    return { ...this.table(name, N, K), bias: this.vector(bias, N) };
  }

  table(name: string, N: number, K: number): Table {
    const [columns, depth] = [align(N), align(K)];
    const { tensors } = this.#header;
    const blocks = tensors.has(`${name}.multiplier`);
    const quantised = blocks || tensors.has(`${name}.scale`);
    if (quantised && !this.quantised) {
      throw new BertletError("invalid_checkpoint", `${name} is quantised in a model that says it is f32`);
    }
    return {
      name,
      weight: this.#address(`${name}.weight`, quantised ? "U8" : "F32", (columns * depth) / (blocks ? 2 : 1)),
      multiplier: blocks ? this.#address(`${name}.multiplier`, "I8", columns * Math.ceil(depth / BLOCK_INPUTS)) : 0,
      scale: quantised ? this.vector(`${name}.scale`, N) : 0,
      N: columns,
      K: depth,
    };
  }

  norm(name: string, H: number): Norm {
    return { gamma: this.vector(`${name}.weight`, H), beta: this.vector(`${name}.bias`, H) };
  }

  vector(name: string, N: number): number {
    return this.#address(name, "F32", align(N));
  }

  #address(name: string, dtype: "U8" | "I8" | "F32", count: number): number {
    const entry = this.#header.tensors.get(name);
    if (!entry) throw new BertletError("invalid_checkpoint", `the packed model has no tensor ${name}`);
    const size = elementCount(entry.shape);
    if (entry.dtype !== dtype || size !== count || entry.end > this.#header.weightBytes) {
      throw new BertletError(
        "invalid_checkpoint",
        `${name} holds ${size} ${entry.dtype} where ${count} ${dtype} belong`,
      );
    }
    return this.#base + entry.start;
  }
}
