// Reads a buffer or a stream byte by byte, in order, without copying it first.

/** Hands out a source's bytes in order, in pieces of any size. */
export class ByteReader {
  readonly #damaged: (why: string) => Error;
  readonly #stream: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #chunk: Uint8Array = new Uint8Array(0);

  /** @param damaged the error for a source that ends too early or too late */
  constructor(source: Uint8Array | ArrayBuffer | ReadableStream<Uint8Array>, damaged: (why: string) => Error) {
    this.#damaged = damaged;
    if (source instanceof ReadableStream) this.#stream = source.getReader();
    else this.#chunk = new Uint8Array(source instanceof ArrayBuffer ? source : source.buffer, ...range(source));
  }

  /** Throws if a whole file is too short, before memory is allocated for it; the length of a stream is known only at its end. */
  require(count: number): void {
    const missing = count - this.#chunk.byteLength;
    if (!this.#stream && missing > 0) throw this.#damaged(`it is cut short by ${missing} bytes`);
  }

  /** Fills all of `target` with the next bytes. */
  async fill(target: Uint8Array): Promise<Uint8Array> {
    let filled = 0;
    await this.#take(target.byteLength, (piece) => {
      target.set(piece, filled);
      filled += piece.byteLength;
    });
    return target;
  }

  /** Skips the next bytes. */
  async skip(count: number): Promise<void> {
    await this.#take(count, () => {});
  }

  async #take(count: number, use: (piece: Uint8Array) => void): Promise<void> {
    for (let missing = count; missing > 0; ) {
      if (this.#chunk.byteLength === 0 && !(await this.#next())) {
        throw this.#damaged(`it is cut short by ${missing} bytes or more`);
      }
      const piece = this.#chunk.subarray(0, missing);
      use(piece);
      missing -= piece.byteLength;
      this.#chunk = this.#chunk.subarray(piece.byteLength);
    }
  }

  /** Checks that nothing is left. */
  async end(): Promise<void> {
    if (this.#chunk.byteLength > 0 || (await this.#next())) throw this.#damaged("bytes follow its last tensor");
  }

  /** Releases the source; the unread rest of a stream is cancelled. */
  async close(): Promise<void> {
    this.#chunk = new Uint8Array(0);
    await this.#stream?.cancel().catch(() => {});
  }

  async #next(): Promise<boolean> {
    while (this.#stream) {
      const { done, value } = await this.#stream.read();
      if (done) return false;
      this.#chunk = value;
      if (value.byteLength > 0) return true;
    }
    return false;
  }
}

function range(source: Uint8Array | ArrayBuffer): [number, number] {
  return source instanceof ArrayBuffer ? [0, source.byteLength] : [source.byteOffset, source.byteLength];
}
