// The logits after each row of a decoder, from its last token alone where the keys and values of those before are kept. Only that token
// meets the vocabulary.
import type { BertConfig } from "../../architectures/config.ts";
import type { HeadSpec } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import { LruCache } from "../../lru-cache.ts";
import type { EncodedText } from "../../wasm/encoded-text.ts";
import { KeyValues } from "../../wasm/key-values.ts";
import type { InferenceSession, RunOptions } from "../../wasm/session.ts";
import type { TokenMatrix } from "../inputs.ts";
import { rowOf } from "../outputs.ts";
import { int32, rowFeeds } from "../text-rows.ts";
import type { NextLogits } from "./generate.ts";

/** The most that a session's keys and values take, for all generations together: a Worker has 128 MB. */
const KEPT_BYTES = 32e6;

/**
 * By session: the keys and values of rows, by their tokens, and those of the encoded texts that rows attend to. What the next step does not need
 * is dropped at once. What an abandoned request left behind is dropped when there is no more room.
 */
const KEPT = new WeakMap<object, Kept>();
type Kept = LruCache<KeyValues | EncodedText>;

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

/**
 * What continues rows by one token at a time, whichever rows those are: beams come and go.
 * @param encoded of a decoder with cross-attention: the text that each prompt's rows attend to
 */
export function continuation(decoder: Decoder, head: HeadSpec, encoded?: readonly EncodedText[]): Continuation {
  const { session } = decoder;
  if (encoded && !session.inputNames.includes("encoder_hidden_states"))
    throw new BertletError("unsupported", "the decoder's session takes no encoded texts");
  const kept = keptOf(session);
  const most = keptTokens(decoder);
  let held: string[] = [];
  const release = () => {
    for (const key of held) kept?.delete(key);
    held = [];
  };
  const next: NextLogits = async (rows, prompts) => {
    const texts = encoded && prompts.map((prompt) => encoded[prompt]!);
    if (!kept || countTokens(rows) + countTokens([...new Set(texts)]) > most) {
      release();
      return lastLogits(session, head, rows, { encoded: texts });
    }
    const keyOf = (index: number, row: readonly number[]) => rowKey(row, texts?.[index]);
    const keyValues = rows.map((row, index) => new KeyValues(keptRow(kept, keyOf(index, row.slice(0, -1)))));
    const keeping = new Map(texts?.map((text) => [text, keptText(kept, text) ?? text.keeping()]));
    const fresh = rows.map((row, index) => row.slice(keyValues[index]!.start));
    const own = texts?.map((text) => keeping.get(text)!);
    const logits = await lastLogits(session, head, fresh, { keyValues, encoded: own });
    release();
    held = [...rows.map((row, index) => keyOf(index, row)), ...Array.from(keeping.keys(), textKey)];
    for (const [text, keeper] of keeping) kept.set(textKey(text), keeper);
    for (const [index, row] of keyValues.entries()) kept.set(held[index]!, row);
    return logits;
  };
  return { next, release };
}

function keptOf({ keyValuesOf }: InferenceSession): Kept | undefined {
  if (!keyValuesOf) return undefined;
  const kept: Kept = KEPT.get(keyValuesOf) ?? new LruCache(KEPT_BYTES, ({ bytes }) => bytes);
  KEPT.set(keyValuesOf, kept);
  return kept;
}

function countTokens(rows: readonly { readonly length: number }[]): number {
  return rows.reduce((sum, { length }) => sum + length, 0);
}

function keptRow(kept: Kept, key: string): KeyValues | undefined {
  const value = kept.get(key);
  return value instanceof KeyValues ? value : undefined;
}

function keptText(kept: Kept, text: EncodedText): EncodedText | undefined {
  const value = kept.get(textKey(text));
  return value instanceof KeyValues ? undefined : value;
}

/** The same tokens behind another text have other keys and values. */
function rowKey(row: readonly number[], text: EncodedText | undefined): string {
  return text ? `${text.id}:${row.join()}` : row.join();
}

function textKey({ id }: EncodedText): string {
  return `text ${id}`;
}

/** The logits [V] after the last token of each row. */
async function lastLogits(
  session: InferenceSession,
  head: HeadSpec,
  rows: TokenMatrix,
  options: Pick<RunOptions, "keyValues" | "encoded">,
): Promise<Float32Array[]> {
  const feeds = rowFeeds(rows);
  const ends = (feeds.row_starts.data as Int32Array<ArrayBuffer>).subarray(1);
  const name = `${head.name}.logits`;
  const { [name]: logits } = await session.run(
    { ...feeds, output_tokens: int32(ends.map((end) => end - 1)) },
    [name],
    options,
  );
  return rows.map((_, row) => rowOf(logits, row));
}
