// The reference's answers (test/goldens): checkpoints with their cases, and the comparison that every suite uses.
import { Tensor } from "../src/tensor.ts";
import type { Feeds } from "../src/wasm/session.ts";
import { readFixture, readJsonFixture } from "./fixtures.ts";

type Nested = number | readonly Nested[];

export interface GoldenCase {
  readonly name: string;
  readonly inputs: Readonly<
    Record<"input_ids" | "attention_mask" | "token_type_ids", readonly number[][] | undefined> & {
      encoder_hidden_states?: readonly number[][][];
      encoder_attention_mask?: readonly number[][];
    }
  >;
  readonly outputs: Readonly<Record<string, Nested>>;
}

export interface Golden {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly tolerance: number;
  readonly cases: readonly GoldenCase[];
}

export async function readGolden(folder: string): Promise<Golden> {
  const files: Record<string, Uint8Array> = {};
  for (const name of ["config.json", "model.safetensors"]) {
    const bytes = await readFixture(`test/goldens/${folder}/${name}`);
    if (!bytes) throw new Error(`${folder}/${name} is missing`);
    files[name] = bytes;
  }
  return { files, ...(await readJsonFixture<Omit<Golden, "files">>(`test/goldens/${folder}/cases.json`)) };
}

/** The case's inputs as tensors of the reference's own types: int64, and float32 for hidden states. */
export function goldenFeeds({ inputs }: Pick<GoldenCase, "inputs">): Feeds {
  const present = Object.entries(inputs).filter((entry): entry is [string, number[][]] => entry[1] !== undefined);
  return Object.fromEntries(
    present.map(([name, rows]) => [name, name.endsWith("_states") ? float32(rows) : int64(rows)]),
  );
}

function float32(rows: readonly (readonly Nested[])[]): Tensor {
  return new Tensor("float32", Float32Array.from([rows].flat(6) as number[]), shape(rows));
}

/** [rows, columns], or nested deeper. */
export function int64(rows: readonly (readonly Nested[])[]): Tensor {
  return new Tensor("int64", BigInt64Array.from([rows].flat(6) as number[], BigInt), shape(rows));
}

function shape(nested: Nested | undefined): number[] {
  return typeof nested === "object" ? [nested.length, ...shape(nested[0])] : [];
}

export function int32(rows: readonly (readonly number[])[]): Tensor {
  return new Tensor("int32", Int32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);
}

/** The values of a float tensor. */
export function values(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error("not a float tensor");
  return tensor.data;
}

/**
 * The largest difference, relative to max(1, |expected|). Where `mask` [batch][length] is given, what belongs to a masked position is
 * left out: for [batch, length, …] and for attentions [batch, A, query, key], whose keys may have a mask of their own.
 */
export function difference(
  tensor: Tensor | undefined,
  expected: Nested,
  mask?: readonly (readonly number[])[],
  keyMask = mask,
): number {
  const actual = values(tensor);
  const wanted = [expected].flat(6) as number[];
  if (wanted.length !== actual.length) throw new Error(`${actual.length} values where ${wanted.length} are expected`);
  const dims = tensor!.dims;
  const perToken = mask !== undefined && dims.length >= 3;
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) {
    if (perToken && isMasked(i, dims, mask, keyMask!)) continue;
    const error = Math.abs(actual[i]! - wanted[i]!) / Math.max(1, Math.abs(wanted[i]!));
    largest = Math.max(largest, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }
  return largest;
}

type Mask = readonly (readonly number[])[];

function isMasked(index: number, dims: readonly number[], mask: Mask, keyMask: Mask): boolean {
  const [row, ...rest] = unravel(index, dims) as [number, number, number, number];
  if (dims.length < 4) return mask[row]![rest[0]] === 0;
  return mask[row]![rest[1]] === 0 || keyMask[row]![rest[2]] === 0;
}

function unravel(index: number, dims: readonly number[]): number[] {
  const place: number[] = [];
  for (const extent of dims.toReversed()) {
    place.unshift(index % extent);
    index = Math.floor(index / extent);
  }
  return place;
}
