// The tokenizer's part of a packed model file: options as JSON, the prepared vocabulary and Unicode table as bytes.
// What the file around them looks like is src/weights' affair.
import { BertletError } from "../errors.ts";
import type { ModelSourceLike } from "../source/source.ts";
import { BertTokenizerFast } from "./bert-tokenizer-fast.ts";
import { readTokenizerFiles } from "./files.ts";
import { normalizerOptions, type ResolvedTokenizerOptions, resolveTokenizerOptions } from "./options.ts";
import { normalizerTable, packNormalizerTable, unpackNormalizerTable } from "./unicode.ts";
import { prepareVocabulary } from "./vocabulary.ts";

export interface PackedTokenizer {
  config: ResolvedTokenizerOptions;
  /** "vocab" and "unicode": the prepared vocabulary and normaliser table, as little-endian bytes. */
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
  const config = resolveTokenizerOptions(files.options);
  const tables = new Map([
    ["vocab", new Uint8Array(prepareVocabulary(files.tokens).buffer)],
    ["unicode", new Uint8Array(packNormalizerTable(normalizerTable(normalizerOptions(config))).buffer)],
  ]);
  return { config, tables };
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
  const table = unpackNormalizerTable(words(tables, "unicode"));
  return new BertTokenizerFast(words(tables, "vocab"), resolveTokenizerOptions(config), table);
}

function words(tables: ReadonlyMap<string, Uint8Array>, name: string): Int32Array {
  const bytes = tables.get(name);
  if (!bytes || bytes.length % 4 !== 0) {
    throw new BertletError("invalid_checkpoint", `the packed tokenizer lacks its table ${name}`);
  }
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

function absent(error: unknown): undefined {
  if (!(error instanceof BertletError && error.type === "not_found")) throw error;
}
