// What models with relative positions add to the scores of a query and a key, by how far they are apart. Written per row and layer, before the
// attention kernel adds it.
//
// Letters: M queries and S keys of one row, A heads, D head size, P padded D.
import { biasTable, type EncoderSpec, type PositionBias } from "../../architectures/encoder-spec.ts";
import { bucketOf } from "../../architectures/position-buckets.ts";
import { align } from "../../quantize/layout.ts";
import { elementCount } from "../../shape.ts";
import type { TokenRow } from "../batch.ts";
import type { SessionMemory } from "./arena.ts";
import type { Weights } from "./weights.ts";

/** Addresses of the queries [M] of a row, and of its keys and values [S], with the distances between two of them in bytes. */
export interface Attended {
  readonly q: number;
  readonly qStride: number;
  readonly kv: number;
  readonly kvStride: number;
  readonly M: number;
  readonly S: number;
}

export class PositionBiases {
  readonly #bias: PositionBias;
  readonly #memory: SessionMemory;
  readonly #A: number;
  readonly #D: number;
  readonly #P: number;
  /** By layer: the address of its table, and the table's shape. */
  readonly #tables: readonly { readonly address: number; readonly shape: readonly [number, number] }[];

  constructor(spec: EncoderSpec, memory: SessionMemory, weights: Weights) {
    const { layers } = spec;
    this.#bias = spec.positionBias!;
    this.#memory = memory;
    this.#A = layers.heads;
    this.#D = layers.headSize;
    this.#P = align(layers.headSize);
    this.#tables = Array.from({ length: layers.count }, (_, index) => {
      const { name, shape } = biasTable(spec, index)!;
      return { address: weights.vector(name, elementCount(shape)), shape };
    });
  }

  /** Writes [A][M][align(S)] for one row. Queries are the row's tokens, or the first token that counts if there is one query. */
  write(address: number, row: TokenRow, layer: number, attended: Attended): void {
    const { M, S } = attended;
    const { columns } = row;
    const past = row.before?.start ?? 0;
    // The one query of a row that is padded on the left stands behind its keys.
    const queries = M === 1 && row.keys < row.ids.length ? columns.subarray(row.keys) : columns;
    const distance =
      past > 0 ? (m: number, s: number) => s - past - m : (m: number, s: number) => columns[s]! - queries[m]!;
    const bias = this.#memory.f32(address, this.#A * M * align(S));
    if (this.#bias.kind === "buckets") this.#writeBuckets(bias, M, S, distance);
    else this.#writeProducts(bias, layer, attended, distance);
  }

  /** The bucket's number of each head. */
  #writeBuckets(bias: Float32Array, M: number, S: number, distance: (m: number, s: number) => number): void {
    if (this.#bias.kind !== "buckets") return;
    const { buckets, farthest } = this.#bias;
    const [A, ld] = [this.#A, align(S)];
    const table = this.#memory.f32(this.#tables[0]!.address, buckets * A);
    const known = new Map<number, number>();
    for (let m = 0; m < M; m++) {
      for (let s = 0; s < S; s++) {
        const d = distance(m, s);
        let bucket = known.get(d);
        if (bucket === undefined) {
          bucket = bucketOf(d, buckets, farthest);
          known.set(d, bucket);
        }
        for (let a = 0; a < A; a++) bias[(a * M + m) * ld + s] = table[bucket * A + a]!;
      }
    }
  }

  /** q·E + k·E (relative_key: q·E alone) over √D, with E the vector of the distance of the query from the key. */
  #writeProducts(
    bias: Float32Array,
    layer: number,
    { q, qStride, kv, kvStride, M, S }: Attended,
    distance: (m: number, s: number) => number,
  ): void {
    if (this.#bias.kind === "buckets") return;
    const { kind, positions } = this.#bias;
    const [A, D, P, ld] = [this.#A, this.#D, this.#P, align(S)];
    const [rowOfQuery, rowOfKey] = [qStride / 4, kvStride / 4];
    const queries = this.#memory.f32(q, (M - 1) * rowOfQuery + A * P);
    const keys = this.#memory.f32(kv, (S - 1) * rowOfKey + A * P);
    const { address, shape } = this.#tables[layer]!;
    const table = this.#memory.f32(address, elementCount(shape));
    const factor = 1 / Math.sqrt(D);
    for (let m = 0; m < M; m++) {
      for (let s = 0; s < S; s++) {
        const at = (positions - 1 - distance(m, s)) * D;
        for (let a = 0; a < A; a++) {
          let sum = 0;
          for (let d = 0; d < D; d++) {
            const key = kind === "relative_key_query" ? keys[s * rowOfKey + a * P + d]! : 0;
            sum += (queries[m * rowOfQuery + a * P + d]! + key) * table[at + d]!;
          }
          bias[(a * M + m) * ld + s] = sum * factor;
        }
      }
    }
  }
}
