// Tokens as a scanner appends them, in growing columns. A tokenizer reuses one buffer from call to call.

export class TokenBuffer {
  /** [T] */
  ids = new Int32Array(1024);
  /** [T, 2] Start and end in the source text, in UTF-16 units. */
  offsets = new Int32Array(2048);
  /** [T] The index of the token's word in its text. */
  words = new Int32Array(1024);
  length = 0;
  /** The index that the next word gets. */
  wordCount = 0;

  push(id: number, start: number, end: number): void {
    const at = this.length++;
    if (at === this.ids.length) this.#grow();
    this.ids[at] = id;
    this.offsets[2 * at] = start;
    this.offsets[2 * at + 1] = end;
    this.words[at] = this.wordCount;
  }

  #grow(): void {
    this.ids = grown(this.ids);
    this.offsets = grown(this.offsets);
    this.words = grown(this.words);
  }
}

function grown(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(2 * column.length);
  copy.set(column);
  return copy;
}
