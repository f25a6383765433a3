// The tokenizer's part of a packed model file: options as JSON, the prepared vocabulary as a table of bytes.
// What the file around them looks like is src/weights' affair.
import { BertletError } from "../errors.ts";
import type { ModelSourceLike } from "../source.ts";
import { BertTokenizerFast } from "./bert-tokenizer-fast.ts";
import { readTokenizerFiles } from "./files.ts";
import { type ResolvedTokenizerOptions, resolveTokenizerOptions } from "./options.ts";
import { prepareVocabulary } from "./vocabulary.ts";

export interface PackedTokenizer {
  config: ResolvedTokenizerOptions;
  /** "vocab": the {@link PreparedVocabulary}, as little-endian bytes. */
  tables: Map<string, Uint8Array<ArrayBuffer>>;
}

/**
 * Reads a model's tokenizer files and prepares them; undefined where there are none.
 *
 * @throws BertletError as {@link readTokenizerFiles}
 */
export async function packTokenizer(source: ModelSourceLike): Promise<PackedTokenizer | undefined> {
  const files = await readTokenizerFiles(source).catch(absent);
  if (!files) return undefined;
  const table = prepareVocabulary(files.tokens);
  const tables = new Map([["vocab", new Uint8Array(table.buffer)]]);
  return { config: resolveTokenizerOptions(files.options), tables };
}

/**
 * The tokenizer out of a packed file, or undefined where the file has none. The arrays are used where they lie.
 *
 * @throws BertletError `invalid_checkpoint` or `invalid_config` for tables or options that are not ours
 */
export function unpackTokenizer(
  config: unknown,
  tables: ReadonlyMap<string, Uint8Array>,
): BertTokenizerFast | undefined {
  if (config === undefined) return undefined;
  const bytes = tables.get("vocab");
  if (!bytes || bytes.length % 4 !== 0) {
    throw new BertletError("invalid_checkpoint", "the packed tokenizer lacks its vocabulary");
  }
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const table = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  return new BertTokenizerFast(table, resolveTokenizerOptions(config));
}

function absent(error: unknown): undefined {
  if (!(error instanceof BertletError && error.type === "not_found")) throw error;
}
