// The packed model file: a safetensors file whose tensors are in kernel layout and whose metadata says the rest. Reading is one pass,
// from a buffer or a stream: the weights go straight to the place they are used from, the tokenizer's tables stay in JavaScript.
import * as v from "valibot";
import { BertConfig } from "../architectures/config.ts";
import { type HeadSpec, headKind, headSpecSchema } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { headerLength, parseHeader, type TensorEntry } from "../safetensors.ts";

export const PACKED_FORMAT = "bertlet";
export const PACKED_VERSION = "2";
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
  readonly heads: readonly HeadSpec[];
  readonly quantization: Quantization;
  readonly origin: PackedOrigin | undefined;
  /** SHA-256 of all tensors and of the metadata that answers depend on, in hexadecimal: names the model exactly. */
  readonly digest: string;
  /** The tokenizer's options as it reads them back; undefined for a model without a tokenizer. */
  readonly tokenizer: unknown;
  /** Every tensor with its place, counted in bytes from the first tensor. */
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

/** What of a file to read. */
export interface PackedPart {
  readonly config: BertConfig;
  readonly heads: readonly HeadSpec[];
  /** The name that a weight is to have, or undefined for one that is left out. */
  rename(name: string): string | undefined;
}

/**
 * Reads a packed file, or the `part` of it. `place` is handed the header and gives the `header.weightBytes` bytes that the weights are written to.
 * @throws BertletError `invalid_checkpoint` for a file that is damaged, cut short, too long or of an unknown version
 * @example
 * const { header } = await readPacked(file, ({ weightBytes }) => new Uint8Array(weightBytes));
 */
export async function readPacked(
  source: PackedSource,
  place: (header: PackedHeader) => Uint8Array,
  part: (header: PackedHeader) => PackedPart = whole,
): Promise<PackedModel> {
  const reader = new ByteReader(source);
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

function whole({ config, heads }: PackedHeader): PackedPart {
  return { config, heads, rename: (name) => name };
}

/** The tensors that keep a name, one behind the other, and the tokenizer's tables behind them. */
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

function parseMetadata(entries: ReturnType<typeof parseHeader>): PackedHeader {
  const { metadata, tensors, dataBytes } = entries;
  if (metadata.format !== PACKED_FORMAT) throw damaged("it is no packed model; convert the checkpoint first");
  if (metadata.version !== PACKED_VERSION) {
    throw damaged(`its version is ${metadata.version}, and this library reads version ${PACKED_VERSION}`);
  }
  const heads = v.safeParse(v.array(headSpecSchema), withKinds(parseJson(metadata, "heads")));
  if (!heads.success) throw damaged(`heads: ${describe(heads.issues[0])}`);
  const quantization = v.safeParse(v.picklist(QUANTIZATIONS), metadata.quantization);
  if (!quantization.success) throw damaged(`its quantization is ${metadata.quantization}`);
  const digest = v.safeParse(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), metadata.digest);
  if (!digest.success) throw damaged("it has no digest");
  const origin = v.safeParse(v.optional(sourceSchema), parseJson(metadata, "source"));
  if (!origin.success) throw damaged(`source: ${describe(origin.issues[0])}`);
  return {
    config: BertConfig.fromJSON(parseJson(metadata, "config")),
    heads: heads.output,
    quantization: quantization.output,
    origin: origin.output,
    digest: digest.output,
    tokenizer: parseJson(metadata, "tokenizer"),
    tensors,
    weightBytes: weightBytes(tensors, dataBytes),
  };
}

/** Files written before heads had a kind name the class only. */
function withKinds(heads: unknown): unknown {
  if (!Array.isArray(heads)) return heads;
  return heads.map((head: unknown) => {
    if (typeof head !== "object" || head === null || "kind" in head || !("architecture" in head)) return head;
    return { ...head, kind: headKind(String(head.architecture)) };
  });
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

function parseJson(metadata: Readonly<Record<string, string>>, key: string): unknown {
  const text = metadata[key];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(`its ${key} is not JSON`, cause);
  }
}

function describe(issue: v.BaseIssue<unknown>): string {
  return [v.getDotPath(issue), issue.message].filter((part) => part !== null).join(": ");
}

function damaged(why: string, cause?: unknown): BertletError {
  return new BertletError("invalid_checkpoint", `not a usable packed model file: ${why}`, { cause });
}

/** Hands out a source's bytes in order, whatever pieces they arrive in. */
class ByteReader {
  readonly #stream: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(source: PackedSource) {
    if (source instanceof ReadableStream) this.#stream = source.getReader();
    else this.#chunk = new Uint8Array(source instanceof ArrayBuffer ? source : source.buffer, ...range(source));
  }

  /** Refuses what a whole file is too short for, before memory is taken for it; a stream's length shows only at its end. */
  require(count: number): void {
    const missing = count - this.#chunk.byteLength;
    if (!this.#stream && missing > 0) throw damaged(`it is cut short by ${missing} bytes`);
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

  /** Passes over the next bytes. */
  async skip(count: number): Promise<void> {
    await this.#take(count, () => {});
  }

  async #take(count: number, use: (piece: Uint8Array) => void): Promise<void> {
    for (let missing = count; missing > 0; ) {
      if (this.#chunk.byteLength === 0 && !(await this.#next())) {
        throw damaged(`it is cut short by ${missing} bytes or more`);
      }
      const piece = this.#chunk.subarray(0, missing);
      use(piece);
      missing -= piece.byteLength;
      this.#chunk = this.#chunk.subarray(piece.byteLength);
    }
  }

  /** Checks that nothing is left. */
  async end(): Promise<void> {
    if (this.#chunk.byteLength > 0 || (await this.#next())) throw damaged("bytes follow its last tensor");
  }

  /** Lets go of the source; what was not read of a stream is cancelled. */
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
