// The logits after each row of a decoder, from its last token alone where the keys and values of those before are kept. Only that token
// meets the vocabulary.
import type { BertConfig } from "../../architectures/config.ts";
import type { HeadSpec } from "../../architectures/head-spec.ts";
import { LruCache } from "../../lru-cache.ts";
import { KeyValues } from "../../wasm/key-values.ts";
import type { InferenceSession } from "../../wasm/session.ts";
import type { TokenMatrix } from "../inputs.ts";
import { rowOf } from "../outputs.ts";
import { int32 } from "../text-rows.ts";
import type { NextLogits } from "./generate.ts";

/** The most that a session's keys and values take, for all generations together: a Worker has 128 MB. */
const KEPT_BYTES = 32e6;

/**
 * By session, rows by their tokens. What is no longer needed is dropped at once; what a request that was given up left behind is dropped
 * when there is no more room.
 */
const KEPT = new WeakMap<object, LruCache<KeyValues>>();

/** How many tokens' keys and values are kept at a time; rows that have more together are computed from their first token each time. */
export function keptTokens({ session, config }: Decoder): number {
  const { num_hidden_layers: layers, hidden_size: H } = config;
  const { bytes, maximum } = session.memory;
  // They are outside of wasm memory, which must not grow into what they take.
  const most = Math.min(KEPT_BYTES, (maximum - bytes) / 2);
  return Math.floor(most / (layers * 2 * H * Float32Array.BYTES_PER_ELEMENT));
}

interface Decoder {
  readonly session: InferenceSession;
  readonly config: BertConfig;
}

interface Continuation {
  readonly next: NextLogits;
  /** Drops the keys and values of the last rows. */
  release(): void;
}

/** What continues rows by one token at a time, whichever rows those are: beams come and go. */
export function continuation(decoder: Decoder, head: HeadSpec): Continuation {
  const { session } = decoder;
  const kept = keptOf(session);
  const most = keptTokens(decoder);
  let held: string[] = [];
  const release = () => {
    for (const row of held) kept?.delete(row);
    held = [];
  };
  const next: NextLogits = async (rows) => {
    if (!kept || rows.reduce((sum, { length }) => sum + length, 0) > most) {
      release();
      return lastLogits(session, head, rows);
    }
    const keyValues = rows.map((row) => new KeyValues(kept.get(keyOf(row.slice(0, -1)))));
    const fresh = rows.map((row, index) => row.slice(keyValues[index]!.start));
    const logits = await lastLogits(session, head, fresh, keyValues);
    release();
    held = rows.map(keyOf);
    for (const [index, row] of held.entries()) kept.set(row, keyValues[index]!);
    return logits;
  };
  return { next, release };
}

function keptOf({ keyValuesOf }: InferenceSession): LruCache<KeyValues> | undefined {
  if (!keyValuesOf) return undefined;
  const kept = KEPT.get(keyValuesOf) ?? new LruCache<KeyValues>(KEPT_BYTES, ({ bytes }) => bytes);
  KEPT.set(keyValuesOf, kept);
  return kept;
}

function keyOf(row: readonly number[]): string {
  return row.join();
}

/** The logits [V] after the last token of each row. */
async function lastLogits(
  session: InferenceSession,
  head: HeadSpec,
  rows: TokenMatrix,
  keyValues?: readonly KeyValues[],
): Promise<Float32Array[]> {
  const starts = new Int32Array(rows.length + 1);
  for (const [index, row] of rows.entries()) starts[index + 1] = starts[index]! + row.length;
  const feeds = {
    input_ids: int32(Int32Array.from(rows.flat())),
    row_starts: int32(starts),
    output_tokens: int32(starts.subarray(1).map((end) => end - 1)),
  };
  const name = `${head.name}.logits`;
  const { [name]: logits } = await session.run(feeds, [name], { keyValues });
  return rows.map((_, row) => rowOf(logits, row));
}
