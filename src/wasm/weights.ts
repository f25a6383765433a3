// Addresses of a packed model's tensors in wasm memory. Every look-up says how large the tensor must be, so that a file that lies
// about its shapes is refused before a kernel reads past an end.
import { BertletError } from "../errors.ts";
import { align } from "../weights/layout.ts";
import type { PackedHeader } from "../weights/packed.ts";

/** x·W + b with W [N][K]: where its parts lie. `scale` is 0 for an unquantised W. */
export interface Dense {
  readonly weight: number;
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

export class Weights {
  readonly #header: PackedHeader;
  readonly #base: number;

  constructor(header: PackedHeader, base: number) {
    this.#header = header;
    this.#base = base;
  }

  has(name: string): boolean {
    return this.#header.tensors.has(name);
  }

  /** N and K as the model counts them; the dense holds them padded. */
  dense(name: string, N: number, K: number, bias = `${name}.bias`): Dense {
    return { ...this.table(name, N, K), bias: this.vector(bias, N) };
  }

  table(name: string, N: number, K: number): Table {
    const quantised = this.has(`${name}.scale`);
    const weight = this.#address(`${name}.weight`, quantised ? "U8" : "F32", align(N) * align(K));
    const scale = quantised ? this.vector(`${name}.scale`, N) : 0;
    return { weight, scale, N: align(N), K: align(K) };
  }

  norm(name: string, H: number): Norm {
    return { gamma: this.vector(`${name}.weight`, H), beta: this.vector(`${name}.bias`, H) };
  }

  vector(name: string, N: number): number {
    return this.#address(name, "F32", align(N));
  }

  #address(name: string, dtype: "U8" | "F32", count: number): number {
    const entry = this.#header.tensors.get(name);
    if (!entry) throw new BertletError("invalid_checkpoint", `the packed model has no tensor ${name}`);
    const size = entry.shape.reduce((product, extent) => product * extent, 1);
    if (entry.dtype !== dtype || size !== count || entry.end > this.#header.weightBytes) {
      throw new BertletError(
        "invalid_checkpoint",
        `${name} holds ${size} ${entry.dtype} where ${count} ${dtype} belong`,
      );
    }
    return this.#base + entry.start;
  }
}
