// Rows of tokens end to end, with [CLS] and [SEP] in place: what the engine eats without padding. It copies ids, and makes none.
import { END, ID, RECORD, START, type TokenBuffer, WORD } from "./token-buffer.ts";
import type { Row } from "./truncation.ts";

/** R rows of T tokens in all. */
export interface RaggedEncoding {
  /** [T] */
  input_ids: Int32Array<ArrayBuffer>;
  /** [T] 0 for the first text, 1 for the second. */
  token_type_ids: Int32Array<ArrayBuffer>;
  /** [R + 1] Row r is [row_starts[r], row_starts[r + 1]). */
  row_starts: Int32Array<ArrayBuffer>;
  /** [R] The input each row came from. */
  overflow_to_sample_mapping: Int32Array<ArrayBuffer>;
}

/** With where every token came from. */
export interface RaggedOffsets extends RaggedEncoding {
  /** [T, 2] Start and end in the text that the token came from; 0, 0 for a special token. */
  offset_mapping: Int32Array<ArrayBuffer>;
  /** [T] The number of the word in its text, -1 for a special token. */
  word_ids: Int32Array<ArrayBuffer>;
  /** [T] 0 or 1: which text, -1 for a special token. */
  sequence_ids: Int32Array<ArrayBuffer>;
}

/** Growing columns; `withOffsets` says whether the three of {@link RaggedOffsets} are kept. */
export class RaggedBuilder {
  private readonly cls: number;
  private readonly sep: number;
  private ids = new Int32Array(4096);
  private types = new Int32Array(4096);
  private offsets = new Int32Array(0);
  private words = new Int32Array(0);
  private sequences = new Int32Array(0);
  private rowStarts = new Int32Array(257);
  private samples = new Int32Array(256);
  private rows = 0;
  private length = 0;
  private withOffsets = false;
  private secondType = 1;

  constructor(cls: number, sep: number) {
    this.cls = cls;
    this.sep = sep;
  }

  clear(withOffsets: boolean, secondType: number): void {
    this.secondType = secondType;
    this.length = 0;
    this.withOffsets = withOffsets;
    this.rows = 0;
  }

  /** Adds a row: `[CLS] a [SEP]`, or `[CLS] a [SEP] b [SEP]` where there is a second text. */
  row(sample: number, a: TokenBuffer, b: TokenBuffer | undefined, row: Row, addSpecialTokens: boolean): void {
    this.reserve(this.length + row.aTo - row.aFrom + row.bTo - row.bFrom + 3);
    if (addSpecialTokens) this.special(this.cls, 0);
    this.tokens(a, row.aFrom, row.aTo, 0, 0);
    if (addSpecialTokens) this.special(this.sep, 0);
    if (b) {
      this.tokens(b, row.bFrom, row.bTo, this.secondType, 1);
      if (addSpecialTokens) this.special(this.sep, this.secondType);
    }
    this.samples[this.rows++] = sample;
    this.rowStarts[this.rows] = this.length;
  }

  finish(): RaggedEncoding {
    return {
      input_ids: this.ids.slice(0, this.length),
      token_type_ids: this.types.slice(0, this.length),
      row_starts: this.rowStarts.slice(0, this.rows + 1),
      overflow_to_sample_mapping: this.samples.slice(0, this.rows),
    };
  }

  finishWithOffsets(): RaggedOffsets {
    return {
      ...this.finish(),
      offset_mapping: this.offsets.slice(0, 2 * this.length),
      word_ids: this.words.slice(0, this.length),
      sequence_ids: this.sequences.slice(0, this.length),
    };
  }

  private special(id: number, type: number): void {
    const at = this.length++;
    this.ids[at] = id;
    this.types[at] = type;
    if (!this.withOffsets) return;
    this.offsets[2 * at] = 0;
    this.offsets[2 * at + 1] = 0;
    this.words[at] = -1;
    this.sequences[at] = -1;
  }

  private tokens({ records }: TokenBuffer, first: number, last: number, type: number, sequence: number): void {
    const { ids, types, offsets, words, sequences, withOffsets } = this;
    let at = this.length;
    for (let i = first * RECORD; i < last * RECORD; i += RECORD) {
      ids[at] = records[i + ID]!;
      types[at] = type;
      if (withOffsets) {
        offsets[2 * at] = records[i + START]!;
        offsets[2 * at + 1] = records[i + END]!;
        words[at] = records[i + WORD]!;
        sequences[at] = sequence;
      }
      at++;
    }
    this.length = at;
  }

  private reserve(length: number): void {
    if (this.rows === this.samples.length) {
      this.samples = grown(this.samples, 2 * this.rows);
      this.rowStarts = grown(this.rowStarts, 2 * this.rows + 1);
    }
    if (length > this.ids.length) {
      const size = Math.max(length, 2 * this.ids.length);
      this.ids = grown(this.ids, size);
      this.types = grown(this.types, size);
    }
    if (this.withOffsets && this.words.length < this.ids.length) {
      this.offsets = grown(this.offsets, 2 * this.ids.length);
      this.words = grown(this.words, this.ids.length);
      this.sequences = grown(this.sequences, this.ids.length);
    }
  }
}

function grown(column: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(size);
  copy.set(column);
  return copy;
}
