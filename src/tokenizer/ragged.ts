// Rows of tokens end to end, special tokens included: what sessions run on without padding.
import type { Sequences } from "./sequences.ts";
import type { Piece } from "./template.ts";
import type { Row } from "./truncation.ts";

/** R rows of T tokens in all. */
export interface RaggedEncoding {
  /** [T] */
  input_ids: Int32Array<ArrayBuffer>;
  /** [T] By the template: in BERT's, 0 for the first text and 1 for the second. */
  token_type_ids: Int32Array<ArrayBuffer>;
  /** [R + 1] Row r is [row_starts[r], row_starts[r + 1]). */
  row_starts: Int32Array<ArrayBuffer>;
  /** [R] The input each row came from. */
  overflow_to_sample_mapping: Int32Array<ArrayBuffer>;
  /** Inputs of which tokens are in no row, because they were truncated. */
  truncated: number[];
}

/** A ragged encoding with the source of every token. */
export interface RaggedOffsets extends RaggedEncoding {
  /** [T, 2] Start and end in the text that the token came from; 0, 0 for a special token. */
  offset_mapping: Int32Array<ArrayBuffer>;
  /** [T] The index of the word in its text, -1 for a special token. */
  word_ids: Int32Array<ArrayBuffer>;
  /** [T] 0 or 1: which text, -1 for a special token. */
  sequence_ids: Int32Array<ArrayBuffer>;
}

/** Growing columns; `withOffsets` says whether the three of {@link RaggedOffsets} are filled. */
export class RaggedBuilder {
  #ids = new Int32Array(4096);
  #types = new Int32Array(4096);
  #offsets = new Int32Array(0);
  #words = new Int32Array(0);
  #sequences = new Int32Array(0);
  #rowStarts = new Int32Array(257);
  #samples = new Int32Array(256);
  #rows = 0;
  #length = 0;
  #withOffsets = false;
  #truncated: number[] = [];

  /** The number of tokens so far. */
  get length(): number {
    return this.#length;
  }

  /** The number of rows so far. */
  get rows(): number {
    return this.#rows;
  }

  clear(withOffsets: boolean): void {
    this.#length = 0;
    this.#rows = 0;
    this.#truncated = [];
    this.#withOffsets = withOffsets;
  }

  /** Notes that tokens of this input are in no row. */
  markTruncated(sample: number): void {
    this.#truncated.push(sample);
  }

  /**
   * Adds a row of the input `sample`: the pieces in order, texts `first` and `second` of `sequences` cut to `row`.
   *
   * @param addSpecialTokens whether special tokens are written; types are the template's in either case
   */
  row(
    sample: number,
    sequences: Sequences,
    first: number,
    second: number,
    row: Row,
    pieces: readonly Piece[],
    addSpecialTokens: boolean,
  ): void {
    const { aFrom, aTo, bFrom, bTo } = row;
    this.#reserve(this.#length + aTo - aFrom + bTo - bFrom + pieces.length);
    for (let i = 0; i < pieces.length; i++) {
      const { id, sequence, type } = pieces[i]!;
      if (sequence === 0) this.#copy(sequences, sequences.row_starts[first]!, aFrom, aTo, type, 0);
      else if (sequence === 1) this.#copy(sequences, sequences.row_starts[second]!, bFrom, bTo, type, 1);
      else if (addSpecialTokens) this.#special(id, type);
    }
    this.#samples[this.#rows++] = sample;
    this.#rowStarts[this.#rows] = this.#length;
  }

  finish(): RaggedEncoding {
    // One allocation: outside the garbage collector's heap each costs as much as tokenising a word or two.
    return this.#columns(new Columns(2 * this.#length + 2 * this.#rows + 1));
  }

  finishWithOffsets(): RaggedOffsets {
    const columns = new Columns(6 * this.#length + 2 * this.#rows + 1);
    return {
      ...this.#columns(columns),
      offset_mapping: columns.take(this.#offsets, 2 * this.#length),
      word_ids: columns.take(this.#words, this.#length),
      sequence_ids: columns.take(this.#sequences, this.#length),
    };
  }

  #columns(columns: Columns): RaggedEncoding {
    return {
      input_ids: columns.take(this.#ids, this.#length),
      token_type_ids: columns.take(this.#types, this.#length),
      row_starts: columns.take(this.#rowStarts, this.#rows + 1),
      overflow_to_sample_mapping: columns.take(this.#samples, this.#rows),
      truncated: this.#truncated,
    };
  }

  #special(id: number, type: number): void {
    const at = this.#length++;
    this.#ids[at] = id;
    this.#types[at] = type;
    if (!this.#withOffsets) return;
    this.#offsets[2 * at] = 0;
    this.#offsets[2 * at + 1] = 0;
    this.#words[at] = -1;
    this.#sequences[at] = -1;
  }

  #copy(
    { input_ids, offset_mapping, word_ids }: Sequences,
    start: number,
    from: number,
    to: number,
    type: number,
    sequence: number,
  ): void {
    const ids = this.#ids;
    const types = this.#types;
    let at = this.#length;
    for (let i = start + from; i < start + to; i++) {
      ids[at] = input_ids[i]!;
      types[at++] = type;
    }
    if (this.#withOffsets) {
      const offsets = this.#offsets;
      const words = this.#words;
      const sequences = this.#sequences;
      at = this.#length;
      for (let i = start + from; i < start + to; i++) {
        offsets[2 * at] = offset_mapping[2 * i]!;
        offsets[2 * at + 1] = offset_mapping[2 * i + 1]!;
        words[at] = word_ids[i]!;
        sequences[at++] = sequence;
      }
    }
    this.#length = at;
  }

  #reserve(length: number): void {
    if (this.#rows === this.#samples.length) {
      this.#samples = grown(this.#samples, 2 * this.#rows);
      this.#rowStarts = grown(this.#rowStarts, 2 * this.#rows + 1);
    }
    if (length > this.#ids.length) {
      const size = Math.max(length, 2 * this.#ids.length);
      this.#ids = grown(this.#ids, size);
      this.#types = grown(this.#types, size);
    }
    if (this.#withOffsets && this.#words.length < this.#ids.length) {
      this.#offsets = grown(this.#offsets, 2 * this.#ids.length);
      this.#words = grown(this.#words, this.#ids.length);
      this.#sequences = grown(this.#sequences, this.#ids.length);
    }
  }
}

function grown(column: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(size);
  copy.set(column);
  return copy;
}

/** Copies of columns, end to end in one buffer. */
class Columns {
  readonly #words: Int32Array<ArrayBuffer>;
  #at = 0;

  constructor(length: number) {
    this.#words = new Int32Array(length);
  }

  /** A copy of the first `length` values. */
  take(column: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
    const from = this.#at;
    this.#at += length;
    const words = this.#words;
    for (let i = 0; i < length; i++) words[from + i] = column[i]!;
    return words.subarray(from, from + length);
  }
}
