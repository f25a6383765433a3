// Tokens of one text as growing columns: what the scanner writes and the row builder reads. Kept and reused from call to call.

/** Columns of the same length: token ids, source ranges in UTF-16 units, word numbers. */
export class TokenBuffer {
  ids = new Int32Array(1024);
  starts = new Int32Array(1024);
  ends = new Int32Array(1024);
  words = new Int32Array(1024);
  length = 0;
  /** Words seen so far: the number the next one gets. */
  wordCount = 0;

  clear(): void {
    this.length = 0;
    this.wordCount = 0;
  }

  push(id: number, start: number, end: number): void {
    const at = this.length;
    if (at === this.ids.length) this.grow();
    this.ids[at] = id;
    this.starts[at] = start;
    this.ends[at] = end;
    this.words[at] = this.wordCount;
    this.length = at + 1;
  }

  private grow(): void {
    this.ids = doubled(this.ids);
    this.starts = doubled(this.starts);
    this.ends = doubled(this.ends);
    this.words = doubled(this.words);
  }
}

function doubled(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(column.length * 2);
  grown.set(column);
  return grown;
}
