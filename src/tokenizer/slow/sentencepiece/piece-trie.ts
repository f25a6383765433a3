// Pieces of a model by their bytes.
import { childOf, leafAt, valueAt } from "../../unigram/double-array.ts";
import { Pieces, preparePieces } from "../../unigram/pieces.ts";

export class PieceTrie {
  readonly #pieces: Pieces | undefined;

  /** @throws BertletError `invalid_checkpoint` for a piece of more than 255 bytes */
  constructor(pieces: readonly { readonly piece: string; readonly score: number }[]) {
    if (pieces.length > 0) this.#pieces = new Pieces(preparePieces(pieces.map(({ piece, score }) => [piece, score])));
  }

  /** Calls `found` for each piece that bytes[at …] begin with, from the shortest on: its index and where it ends. */
  matches(bytes: Uint8Array, at: number, found: (index: number, end: number) => void): void {
    const pieces = this.#pieces;
    if (!pieces) return;
    const { units } = pieces;
    let node = 0;
    for (let end = at; end < bytes.length; ) {
      node = childOf(units, node, bytes[end++]!);
      if (node === 0) return;
      const leaf = leafAt(units, node);
      if (leaf >= 0) {
        const whole = pieces.endOf(leaf, bytes, at, end, bytes.length);
        if (whole >= 0) found(leaf, whole);
        return;
      }
      const index = valueAt(units, node);
      if (index >= 0) found(index, end);
    }
  }

  /** The length of the longest piece that bytes[at …] begin with; 0 for none. */
  longestAt(bytes: Uint8Array, at: number): number {
    let length = 0;
    this.matches(bytes, at, (_, end) => {
      length = end - at;
    });
    return length;
  }
}
