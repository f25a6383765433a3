// The keys and values of a decoder's row, so that the tokens after it need not compute them again.
//
// Letters: S tokens of the row so far, M those that a run adds, W = A·P the width of a key or a value (src/wasm/kernel/encoder.ts).
import { BertletError } from "../errors.ts";

/**
 * Keys and values of some tokens of a row, behind those of the tokens before them. They are filled by one run and never change after it, so that rows
 * with a common beginning share it.
 */
export class KeyValues {
  /** Those of the tokens before. */
  readonly before: KeyValues | undefined;
  /** How many tokens are before. */
  readonly start: number;
  #tokens = 0;
  /** By layer: f32 [tokens][2·W]. */
  readonly #layers: Float32Array[] = [];

  constructor(before?: KeyValues) {
    this.before = before;
    this.start = before?.length ?? 0;
  }

  /** Tokens of the row, those before included. */
  get length(): number {
    return this.start + this.#tokens;
  }

  /** Bytes of the row, those before included. */
  get bytes(): number {
    const own = this.#layers.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
    return own + (this.before?.bytes ?? 0);
  }

  /**
   * Takes one layer's keys and values of the new tokens, and writes those of the whole row.
   *
   * @param fresh f32 [M][stride], of which the first 2·W of each row count
   * @param joined f32 [S][2·W], S = start + M
   * @throws BertletError `invalid_input` where those before are of a model of another shape, or of a run that failed
   */
  join(layer: number, fresh: Float32Array, stride: number, joined: Float32Array): void {
    const M = Math.ceil(fresh.length / stride);
    const width = joined.length / (this.start + M);
    for (let past = this.before; past; past = past.before) {
      const values = past.#layers[layer];
      if (values?.length !== width * past.#tokens)
        throw new BertletError(
          "invalid_input",
          "these keys and values are of a model of another shape, or of a run that failed",
        );
      joined.set(values, past.start * width);
    }
    for (let m = 0; m < M; m++) joined.set(fresh.subarray(m * stride, m * stride + width), (this.start + m) * width);
    this.#layers[layer] = joined.slice(this.start * width);
    this.#tokens = M;
  }
}
