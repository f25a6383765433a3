// `cross_attentions.<n>`: how much each token of a decoder's row attends to each token of an encoded text.
//
// Letters: M tokens of one row, S tokens of its text that are not masked, A heads.
import type { EncoderSpec } from "../../architectures/encoder-spec.ts";
import { BertletError } from "../../errors.ts";
import { Tensor } from "../../tensor.ts";
import type { EncodedFeeds } from "../encoded-text.ts";

const PREFIX = "cross_attentions.";

export function isCrossOutput(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** One result in the making: [batch, A, length, length of the encoded texts], 0 where either token is masked. */
export class CrossOutput {
  readonly name: string;
  readonly layer: number;
  readonly #heads: number;
  readonly #encoded: EncodedFeeds;
  #data = new Float32Array();
  #dims: readonly number[] = [];

  /** @throws BertletError `invalid_input` for a layer that the model does not have */
  constructor(name: string, { layers }: EncoderSpec, encoded: EncodedFeeds) {
    const index = name.slice(PREFIX.length);
    this.name = name;
    this.layer = Number(index);
    this.#heads = layers.heads;
    this.#encoded = encoded;
    if (!/^\d{1,4}$/.test(index) || this.layer >= layers.count)
      throw new BertletError(
        "invalid_input",
        `the model has no output ${name}; it has ${PREFIX}0 to ${PREFIX}${layers.count - 1}`,
      );
  }

  get tensor(): Tensor {
    return new Tensor("float32", this.#data, this.#dims);
  }

  bytesFor(batch: number, length: number): number {
    return 4 * batch * this.#heads * length * this.#encoded.length;
  }

  allocate(batch: number, length: number): void {
    this.#dims = [batch, this.#heads, length, this.#encoded.length];
    this.#data = new Float32Array(this.bytesFor(batch, length) / 4);
  }

  /** Takes the probabilities [A][M][S] of a row whose tokens are in `columns`. */
  put(probs: Float32Array, row: number, columns: Int32Array): void {
    const [, A, length, keys] = this.#dims as [number, number, number, number];
    const own = this.#encoded.columns[row]!;
    for (let a = 0; a < A; a++) {
      for (const [m, query] of columns.entries()) {
        const source = (a * columns.length + m) * own.length;
        const target = ((row * A + a) * length + query) * keys;
        for (const [s, key] of own.entries()) this.#data[target + key] = probs[source + s]!;
      }
    }
  }
}
