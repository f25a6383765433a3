// The packed model file: a safetensors file whose tensors are in kernel layout and whose metadata says the rest. Reading is one pass over
// a buffer or a stream: weights are written where they are used from, the tokenizer's tables stay in JavaScript.
import * as v from "valibot";
import { BertConfig } from "../architectures/config.ts";
import { type EmbeddingSpec, embeddingSpecSchema } from "../architectures/embedding-spec.ts";
import { type EncoderSpec, encoderSpecSchema } from "../architectures/encoder-spec.ts";
import { type HeadSpec, headSpecSchema } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { headerLength, parseHeader, type SafetensorsHeader, type TensorEntry } from "../safetensors.ts";
import { ByteReader } from "./byte-reader.ts";
import { fromVersion2 } from "./version-2.ts";

export const PACKED_FORMAT = "bertlet";
export const PACKED_VERSION = "3";
/** Tensors under this prefix come last in the file and are not weights. */
export const TOKENIZER_PREFIX = "tokenizer.";

const sourceSchema = v.object({ name: v.string(), license: v.string(), url: v.optional(v.string()) });
/** Where the weights come from, and under what licence. */
export type PackedOrigin = v.InferOutput<typeof sourceSchema>;
/** How a model's matrices are held, from the finest to the coarsest. Small matrices that decide may be finer (pack.ts). */
export const QUANTIZATIONS = ["f32", "int8", "int4"] as const;
export type Quantization = (typeof QUANTIZATIONS)[number];

/** What a packed file says of itself. */
export interface PackedHeader {
  readonly config: BertConfig;
  readonly encoder: EncoderSpec;
  readonly heads: readonly HeadSpec[];
  /** How one vector is made of a text. Undefined for layers of a model without the last one. */
  readonly embedding: EmbeddingSpec | undefined;
  readonly quantization: Quantization;
  readonly origin: PackedOrigin | undefined;
  /** SHA-256 of all tensors and of the metadata that answers depend on, in hexadecimal: names the model exactly. */
  readonly digest: string;
  /** The tokenizer's record as it reads it back; undefined for a model without a tokenizer. */
  readonly tokenizer: unknown;
  /** Every tensor with its range, counted in bytes from the first tensor. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Bytes of the tensors before the tokenizer's. */
  readonly weightBytes: number;
}

export interface PackedModel {
  readonly header: PackedHeader;
  /** The tokenizer's tables by their name without the prefix. */
  readonly tokenizerTables: ReadonlyMap<string, Uint8Array>;
}

/** A packed file: whole, or as it arrives. */
export type PackedSource = Uint8Array | ArrayBuffer | ReadableStream<Uint8Array>;

/** Which part of a file to read. */
export interface PackedPart extends Pick<PackedHeader, "config" | "encoder" | "heads" | "embedding"> {
  /** The name that a weight is to have, or undefined for one that is left out. */
  rename(name: string): string | undefined;
}

/**
 * Reads a packed file, or the `part` of it. `place` receives the header and returns `header.weightBytes` bytes, which the weights are
 * written to. The digest is not verified; see `verifyPacked`.
 * @throws BertletError `invalid_checkpoint` for a file that is damaged, cut short, too long or of an unknown version
 * @example
 * const { header } = await readPacked(file, ({ weightBytes }) => new Uint8Array(weightBytes));
 */
export async function readPacked(
  source: PackedSource,
  place: (header: PackedHeader) => Uint8Array,
  part: (header: PackedHeader) => PackedPart = whole,
): Promise<PackedModel> {
  const reader = new ByteReader(source, damaged);
  try {
    const prefix = await reader.fill(new Uint8Array(8));
    const headerBytes = checkedLength(prefix);
    reader.require(headerBytes);
    const entries = parseHeader(await reader.fill(new Uint8Array(headerBytes)));
    const file = parseMetadata(entries);
    reader.require(entries.dataBytes);
    const { rename, ...changes } = part(file);
    const header = { ...file, ...changes, ...pick(file, rename) };
    const weights = place(header);
    let at = 0;
    for (const [name, { start, end }] of file.tensors) {
      if (start >= file.weightBytes) break;
      if (rename(name) === undefined) await reader.skip(end - start);
      else {
        await reader.fill(weights.subarray(at, at + end - start));
        at += end - start;
      }
    }
    const tokenizerTables = new Map<string, Uint8Array>();
    for (const [name, { start, end }] of header.tensors) {
      if (start < header.weightBytes) continue;
      tokenizerTables.set(name.slice(TOKENIZER_PREFIX.length), await reader.fill(new Uint8Array(end - start)));
    }
    await reader.end();
    return { header, tokenizerTables };
  } finally {
    await reader.close();
  }
}

function whole({ config, encoder, heads, embedding }: PackedHeader): PackedPart {
  return { config, encoder, heads, embedding, rename: (name) => name };
}

/** The tensors that keep a name, one after the other, and the tokenizer's tables after them. */
function pick(file: PackedHeader, rename: PackedPart["rename"]): Pick<PackedHeader, "tensors" | "weightBytes"> {
  const tensors = new Map<string, TensorEntry>();
  let dataBytes = 0;
  let weightBytes = 0;
  for (const [name, entry] of file.tensors) {
    const isWeight = entry.start < file.weightBytes;
    const kept = isWeight ? rename(name) : name;
    if (kept === undefined) continue;
    const end = dataBytes + entry.end - entry.start;
    tensors.set(kept, { ...entry, start: dataBytes, end });
    dataBytes = end;
    if (isWeight) weightBytes = end;
  }
  return { tensors, weightBytes };
}

// A header is far smaller than the 100 MB that safetensors allows: this bounds what a damaged length makes us allocate.
const MAX_HEADER_BYTES = 16 * 2 ** 20;
// The largest vocabulary (src/tokenizer/vocabulary.ts) takes less.
const MAX_TOKENIZER_BYTES = 64 * 2 ** 20;

function checkedLength(prefix: Uint8Array): number {
  const length = headerLength(prefix);
  if (length > MAX_HEADER_BYTES) throw damaged(`a header of ${length} bytes is over ${MAX_HEADER_BYTES}`);
  return length;
}

function parseMetadata({ metadata, tensors, dataBytes }: SafetensorsHeader): PackedHeader {
  if (metadata.format !== PACKED_FORMAT) throw damaged("it is no packed model; convert the checkpoint first");
  const config = BertConfig.fromJSON(parseJson(metadata, "config"));
  const { encoder, heads, embedding } = parseModel(metadata, config, tensors);
  if (
    encoder.hiddenSize !== config.hidden_size ||
    encoder.layers.count !== config.num_hidden_layers * (encoder.layers.perState ?? 1)
  ) {
    throw damaged("its encoder and its config disagree");
  }
  return {
    config,
    encoder,
    heads,
    embedding,
    quantization: parse(v.picklist(QUANTIZATIONS), metadata.quantization, "quantization"),
    origin: parse(v.optional(sourceSchema), parseJson(metadata, "source"), "source"),
    digest: parse(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), metadata.digest, "digest"),
    tokenizer: parseJson(metadata, "tokenizer"),
    tensors,
    weightBytes: weightBytes(tensors, dataBytes),
  };
}

type ModelSpecs = Pick<PackedHeader, "encoder" | "heads" | "embedding">;

/** What the versions of the file say in different ways. */
function parseModel(
  metadata: Readonly<Record<string, string>>,
  config: BertConfig,
  tensors: ReadonlyMap<string, TensorEntry>,
): ModelSpecs {
  const json = (key: string) => parseJson(metadata, key);
  const parseHeads = (heads: unknown) => parse(v.array(headSpecSchema), heads, "heads");
  switch (metadata.version) {
    case "2": {
      const { heads, ...model } = fromVersion2(config, json("heads"), tensors);
      return { ...model, heads: parseHeads(heads) };
    }
    case PACKED_VERSION:
      return {
        encoder: parse(encoderSpecSchema, json("encoder"), "encoder"),
        heads: parseHeads(json("heads")),
        embedding: parse(embeddingSpecSchema, json("sentence_embedding"), "sentence_embedding"),
      };
    default:
      throw damaged(
        `its version is ${metadata.version}, and this library reads 2 and ${PACKED_VERSION}; \`bertlet convert\` packs the checkpoint anew`,
      );
  }
}

function weightBytes(tensors: ReadonlyMap<string, TensorEntry>, dataBytes: number): number {
  let bytes = dataBytes;
  for (const [name, { start }] of tensors) {
    if (name.startsWith(TOKENIZER_PREFIX)) bytes = Math.min(bytes, start);
    else if (start >= bytes) throw damaged(`${name} lies behind the tokenizer's tables`);
  }
  if (dataBytes - bytes > MAX_TOKENIZER_BYTES) {
    throw damaged(`tokenizer tables of ${dataBytes - bytes} bytes are over ${MAX_TOKENIZER_BYTES}`);
  }
  return bytes;
}

function parse<T extends v.GenericSchema>(schema: T, value: unknown, key: string): v.InferOutput<T> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw damaged([key, v.getDotPath(issue), issue.message].filter((part) => part !== null).join(": "));
}

function parseJson(metadata: Readonly<Record<string, string>>, key: string): unknown {
  const text = metadata[key];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(`its ${key} is not JSON`, cause);
  }
}

function damaged(why: string, cause?: unknown): BertletError {
  return new BertletError("invalid_checkpoint", `not a usable packed model file: ${why}`, { cause });
}

/**
 * The header of a packed file in memory; its tensors are not touched.
 * @throws BertletError `invalid_checkpoint`
 * @example
 * readPackedHeader(bytes).origin?.name; // "minilm-l6-heads"
 */
export function readPackedHeader(bytes: Uint8Array): PackedHeader {
  const length = checkedLength(bytes.subarray(0, 8));
  return parseMetadata(parseHeader(bytes.subarray(8, 8 + length)));
}
