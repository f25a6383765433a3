// The tokenizer's part of a packed model file: its type and options as JSON, the prepared vocabulary and normaliser table as bytes. The file
// around them is the business of src/model-file.
import { BertletError } from "../errors.ts";
import type { ModelSourceLike } from "../source/source.ts";
import { bpeParts } from "./bpe/bpe-parts.ts";
import { prepareBpe } from "./bpe/merges.ts";
import { fastParts } from "./fast-parts.ts";
import { readAnyTokenizerFiles } from "./files/read.ts";
import type { TokenizerWriters } from "./files/writers.ts";
import {
  normalizerOptions,
  type ResolvedBpeOptions,
  type ResolvedTokenizerOptions,
  type ResolvedUnigramOptions,
  resolveBpeOptions,
  resolveTokenizerOptions,
  resolveUnigramOptions,
  type TokenizerOptions,
} from "./options.ts";
import { Tokenizer } from "./tokenizer-core.ts";
import { normalizerTable, packNormalizerTable, unpackNormalizerTable } from "./unicode.ts";
import { preparePieces } from "./unigram/pieces.ts";
import { unigramParts } from "./unigram/unigram-parts.ts";
import { prepareVocabulary } from "./vocabulary.ts";

/** Tables of a packed tokenizer by name, as little-endian bytes. */
type Tables = ReadonlyMap<string, Uint8Array>;

export interface PackedTokenizer {
  config:
    | ({ readonly type: "wordpiece" } & ResolvedTokenizerOptions)
    | ({ readonly type: "bpe" } & ResolvedBpeOptions)
    | ({ readonly type: "unigram" } & ResolvedUnigramOptions);
  /** By type: "vocab" and "unicode", "vocab" and "merges", or "pieces" and "charsmap". */
  tables: Map<string, Uint8Array<ArrayBuffer>>;
}

/** How each type of tokenizer is read back. */
type Unpack = (options: object, tables: Tables, writers: TokenizerWriters | undefined) => Tokenizer;
const TYPES: Readonly<Record<keyof TokenizerWriters, Unpack>> = {
  // Not a BertTokenizerFast, which can also read files: a Worker of packed models carries neither its readers nor the tables of Unicode.
  wordpiece: (options, tables, writers) => {
    const table = unpackNormalizerTable(words(tables, "unicode"));
    return new Tokenizer(fastParts(words(tables, "vocab"), options, () => table, writers?.wordpiece));
  },
  bpe: (options, tables, writers) =>
    new Tokenizer(bpeParts(words(tables, "vocab"), words(tables, "merges"), options, writers?.bpe)),
  unigram: (options, tables, writers) =>
    new Tokenizer(unigramParts(words(tables, "pieces"), tables.get("charsmap"), options, writers?.unigram)),
};

/**
 * Reads and prepares a model's tokenizer files; undefined if it has none.
 *
 * @throws BertletError as {@link readTokenizerFiles}
 */
export async function packTokenizer(source: ModelSourceLike): Promise<PackedTokenizer | undefined> {
  const files = await readAnyTokenizerFiles(source).catch(absent);
  if (!files) return undefined;
  if (files.type === "bpe") {
    const { vocabulary, merges } = prepareBpe(files);
    return {
      config: { type: "bpe", ...resolveBpeOptions(files.options) },
      tables: new Map([
        ["vocab", new Uint8Array(vocabulary.buffer)],
        ["merges", new Uint8Array(merges.buffer)],
      ]),
    };
  }
  if (files.type === "unigram") {
    const tables = new Map([["pieces", new Uint8Array(preparePieces(files.pieces).buffer)]]);
    if (files.charsmap) tables.set("charsmap", files.charsmap.slice());
    return { config: { type: "unigram", ...resolveUnigramOptions(files.options) }, tables };
  }
  const options = resolveTokenizerOptions(files.options);
  const tables = new Map([
    ["vocab", new Uint8Array(prepareVocabulary(files.tokens).buffer)],
    ["unicode", new Uint8Array(packNormalizerTable(normalizerTable(normalizerOptions(options))).buffer)],
  ]);
  return { config: { type: "wordpiece", ...options }, tables };
}

/**
 * The tokenizer of a packed file; undefined if the file has none. The tables are used as they are, without a copy. A record without a type,
 * as older files have it, is a WordPiece tokenizer's.
 *
 * @param writers for a tokenizer that is to be written again
 *
 * @throws BertletError `unsupported` for an unknown type, `invalid_checkpoint` or `invalid_config` for tables or options that are damaged
 */
export function unpackTokenizer(config: unknown, tables: Tables, writers?: TokenizerWriters): Tokenizer | undefined {
  if (config === undefined) return undefined;
  if (typeof config !== "object" || config === null)
    throw new BertletError("invalid_checkpoint", "the packed tokenizer's record is not an object");
  const { type = "wordpiece", ...options } = config as { type?: unknown } & TokenizerOptions;
  const unpack =
    typeof type === "string" && Object.hasOwn(TYPES, type) ? TYPES[type as keyof TokenizerWriters] : undefined;
  if (!unpack) {
    const known = Object.keys(TYPES).join(", ");
    throw new BertletError("unsupported", `the packed tokenizer is of type ${JSON.stringify(type)}; known: ${known}`);
  }
  return unpack(options, tables, writers);
}

function words(tables: Tables, name: string): Int32Array {
  const bytes = tables.get(name);
  if (!bytes || bytes.length % 4 !== 0)
    throw new BertletError("invalid_checkpoint", `the packed tokenizer lacks its table ${name}`);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

function absent(error: unknown): undefined {
  if (!(error instanceof BertletError && error.type === "not_found")) throw error;
}
