// What a decoder with cross-attention attends to: the hidden states of a text that an encoder has read. And the feeds that they come in.
//
// Letters: S unmasked tokens of one text, H hidden size, W = A·P the width of a key or a value (src/wasm/kernel/encoder.ts).
import { BertletError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import type { Feeds } from "./session.ts";

/**
 * One encoded text. Rows of a decoder may share it. Its keys and values follow from it alone, so that a text that is kept has them computed
 * once, by the first run, and not by every run that adds a token.
 *
 * @example
 * const text = new EncodedText(states, 384, true);
 * await decoder.run({ input_ids, row_starts }, ["text-generation.logits"], { encoded: [text] });
 */
export class EncodedText {
  static #count = 0;
  /** f32 [S][H]. */
  readonly states: Float32Array;
  /** S. */
  readonly length: number;
  /** H. */
  readonly hiddenSize: number;
  /** Different for every encoded text. */
  readonly id: number;
  /** Keys and values f32 [S][2·W] by layer, of each decoder that has read the text; undefined where they are not kept. */
  readonly #kept: WeakMap<object, Float32Array[]> | undefined;
  #bytes = 0;

  /**
   * @param states f32 [S][H]
   * @param keeps whether keys and values are kept, 8·S·W bytes per layer
   * @throws BertletError `invalid_input` for states that are no rows of H
   */
  constructor(states: Float32Array, hiddenSize: number, keeps = false) {
    if (states.length === 0 || states.length % hiddenSize !== 0)
      throw invalid(`${states.length} values are no hidden states of ${hiddenSize} each`);
    this.states = states;
    this.hiddenSize = hiddenSize;
    this.length = states.length / hiddenSize;
    this.id = EncodedText.#count++;
    this.#kept = keeps ? new WeakMap() : undefined;
  }

  /** The same text, which keeps its keys and values. */
  keeping(): EncodedText {
    return new EncodedText(this.states, this.hiddenSize, true);
  }

  /** Bytes of the keys and values that are kept for all decoders. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The keys and values of a layer that `keep` was given. */
  kept(decoder: object, layer: number): Float32Array | undefined {
    return this.#kept?.get(decoder)?.[layer];
  }

  /** Copies a layer's keys and values f32 [S][2·W], if the text keeps them. */
  keep(decoder: object, layer: number, keyValues: Float32Array): void {
    if (!this.#kept) return;
    const layers = this.#kept.get(decoder) ?? [];
    layers[layer] = keyValues.slice();
    this.#bytes += keyValues.byteLength;
    this.#kept.set(decoder, layers);
  }
}

/** The inputs of a decoder that hold encoded texts: float32 [batch, S, H], and int32 or int64 [batch, S], ones where it is left out. */
export const ENCODED_INPUTS = ["encoder_hidden_states", "encoder_attention_mask"] as const;

/** The texts in a decoder's feeds. */
export interface EncodedFeeds {
  readonly texts: readonly EncodedText[];
  /** The columns of each text's tokens in the feeds. */
  readonly columns: readonly Int32Array[];
  /** How many columns there are. */
  readonly length: number;
}

/**
 * Reads {@link ENCODED_INPUTS}; masked tokens are left out, for nothing attends to them.
 * @throws BertletError `invalid_input` that says which feed is wrong and where
 */
export function readEncoded(feeds: Feeds, H: number): EncodedFeeds | undefined {
  const { encoder_hidden_states: states, encoder_attention_mask: mask } = feeds;
  if (!states) {
    if (mask) throw invalid("encoder_attention_mask is of no use without encoder_hidden_states");
    return undefined;
  }
  const { data, dims, type } = states;
  if (!(data instanceof Float32Array) || dims.length !== 3 || dims[2] !== H)
    throw invalid(
      `encoder_hidden_states is ${type} [${dims.join(", ")}] where float32 [batch, length, ${H}] is expected`,
    );
  const [batch, length] = dims as [number, number];
  const visible = mask && readMask(mask, batch, length);
  const columns = Array.from({ length: batch }, (_, row) => {
    const all = Int32Array.from({ length }, (_, column) => column);
    const own = visible ? all.filter((column) => visible[row * length + column]) : all;
    if (own.length === 0) throw invalid(`row ${row} of encoder_hidden_states has no token that is not masked`);
    return own;
  });
  const texts = columns.map((own, row) => {
    const kept = new Float32Array(own.length * H);
    for (const [index, column] of own.entries()) {
      const at = (row * length + column) * H;
      kept.set(data.subarray(at, at + H), index * H);
    }
    return new EncodedText(kept, H);
  });
  return { texts, columns, length };
}

function readMask({ data, dims, type }: Tensor, batch: number, length: number): readonly boolean[] {
  if (dims.join() !== `${batch},${length}`)
    throw invalid(
      `encoder_attention_mask has shape [${dims.join(", ")}] where encoder_hidden_states has [${batch}, ${length}]`,
    );
  if (!(data instanceof Int32Array || data instanceof BigInt64Array))
    throw invalid(`encoder_attention_mask is ${type}, not int32 or int64`);
  const values = Array.from(data as Iterable<number | bigint>, Number);
  if (values.some((value) => value !== 0 && value !== 1))
    throw invalid("encoder_attention_mask holds values other than 0 and 1");
  return values.map((value) => value === 1);
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}
