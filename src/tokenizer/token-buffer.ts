// Tokens of one text, as the scanner writes and the row builder reads them. Kept and reused from call to call.

/** Words of a token in {@link TokenBuffer.records}: its id, its range in the source in UTF-16 units, the number of its word. */
export const ID = 0;
export const START = 1;
export const END = 2;
export const WORD = 3;
export const RECORD = 4;

/** A growing list of tokens, four words each. */
export class TokenBuffer {
  records = new Int32Array(1024 * RECORD);
  length = 0;
  /** Words seen so far: the number the next one gets. */
  wordCount = 0;

  clear(): void {
    this.length = 0;
    this.wordCount = 0;
  }

  push(id: number, start: number, end: number): void {
    const at = this.length++ * RECORD;
    if (at === this.records.length) this.grow();
    const { records } = this;
    records[at + ID] = id;
    records[at + START] = start;
    records[at + END] = end;
    records[at + WORD] = this.wordCount;
  }

  /** The ids alone. */
  ids(): number[] {
    return Array.from({ length: this.length }, (_, i) => this.records[i * RECORD + ID]!);
  }

  private grow(): void {
    const grown = new Int32Array(this.records.length * 2);
    grown.set(this.records);
    this.records = grown;
  }
}
