// The safetensors format, read and written: u64 header length, JSON header, tensor bytes. Every bound is checked before a number is used,
// so a damaged or hostile file is an error and never a large allocation.
import * as v from "valibot";
import { BertletError } from "./errors.ts";
import { elementCount } from "./shape.ts";

const BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  C64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
/** The element types that a file may hold; weights are F64, F32, F16 or BF16. */
export type Dtype = keyof typeof BYTES;

/** The size of one element. */
export function bytesPerElement(dtype: Dtype): number {
  return BYTES[dtype];
}

// The reference implementation refuses longer headers, too.
const MAX_HEADER_BYTES = 100_000_000;
const PREFIX_BYTES = 8;

/** The range of a tensor: `[start, end)` in bytes from the end of the header. */
export interface TensorEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** A tensor as it is stored in the file; `bytes` is a view of it. */
export interface TensorView {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of all tensors: what must follow the header, no more and no less. */
  readonly dataBytes: number;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, TensorView>;
  readonly metadata: Readonly<Record<string, string>>;
}

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.object({
  dtype: v.string(),
  shape: v.pipe(v.array(natural), v.maxLength(16)),
  data_offsets: v.strictTuple([natural, natural]),
});

/**
 * @throws BertletError `invalid_checkpoint` for anything that is not exactly one well-formed file
 * @example
 * const file = writeSafetensors(new Map([["x", { dtype: "U8", shape: [2], bytes: new Uint8Array([1, 2]) }]]), {});
 * readSafetensors(file).tensors.get("x")?.shape; // [2]
 */
export function readSafetensors(file: Uint8Array): Safetensors {
  const headerBytes = headerLength(file);
  const dataStart = PREFIX_BYTES + headerBytes;
  if (file.byteLength < dataStart) throw damaged(`the header has ${headerBytes} bytes, the file ${file.byteLength}`);
  const header = parseHeader(file.subarray(PREFIX_BYTES, dataStart));
  const present = file.byteLength - dataStart;
  if (present !== header.dataBytes) throw damaged(`tensors need ${header.dataBytes} bytes, the file holds ${present}`);
  const tensors = new Map<string, TensorView>();
  for (const [name, { dtype, shape, start, end }] of header.tensors) {
    tensors.set(name, { dtype, shape, bytes: file.subarray(dataStart + start, dataStart + end) });
  }
  return { tensors, metadata: header.metadata };
}

/** The header's length in bytes, from the file's first eight. */
export function headerLength(file: Uint8Array): number {
  if (file.byteLength < PREFIX_BYTES) throw damaged(`${file.byteLength} bytes are no safetensors file`);
  const length = new DataView(file.buffer, file.byteOffset, PREFIX_BYTES).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) throw damaged(`a header of ${length} bytes is over ${MAX_HEADER_BYTES}`);
  return Number(length);
}

/** Parses the JSON header and checks that its tensors are adjacent, without gap or overlap. */
export function parseHeader(json: Uint8Array): SafetensorsHeader {
  const { __metadata__: metadata = {}, ...entries } = parseObject(json);
  if (!isStringMap(metadata)) throw damaged("__metadata__ is not a map from string to string");
  const tensors = Object.entries(entries).map(([name, entry]) => [name, parseEntry(name, entry)] as const);
  tensors.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let dataBytes = 0;
  for (const [name, { start, end }] of tensors) {
    if (start !== dataBytes)
      throw damaged(`tensor ${name} begins at ${start}, not at ${dataBytes} where the one before ends`);
    dataBytes = end;
  }
  return { tensors: new Map(tensors), metadata, dataBytes };
}

/** A tensor to be written. */
export type WritableTensor = TensorView;

/** Writes the tensors in the order of the map; the header is padded so that the first one begins at a multiple of 64 bytes. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: [name: string, value: unknown][] = [["__metadata__", metadata]];
  let dataBytes = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header.push([name, { dtype, shape, data_offsets: [dataBytes, dataBytes + bytes.byteLength] }]);
    dataBytes += bytes.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const dataStart = Math.ceil((PREFIX_BYTES + json.byteLength) / 64) * 64;
  const file = new Uint8Array(dataStart + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - PREFIX_BYTES), true);
  file.fill(0x20, PREFIX_BYTES, dataStart);
  file.set(json, PREFIX_BYTES);
  let at = dataStart;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.byteLength;
  }
  return file;
}

/** The values of a float tensor as f32; a copy. @throws BertletError for element types that hold no floats */
export function toFloat32({ dtype, bytes }: TensorView): Float32Array {
  const count = bytes.byteLength / BYTES[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(count);
  if (dtype === "F32") new Uint8Array(values.buffer).set(bytes);
  else if (dtype === "F16") for (let i = 0; i < count; i++) values[i] = float16(view.getUint16(2 * i, true));
  else if (dtype === "BF16") {
    const bits = new Uint32Array(values.buffer);
    for (let i = 0; i < count; i++) bits[i] = view.getUint16(2 * i, true) << 16;
  } else if (dtype === "F64") for (let i = 0; i < count; i++) values[i] = view.getFloat64(8 * i, true);
  else throw damaged(`a tensor of ${dtype} holds no weights`);
  return values;
}

/** The values as f16 bits, rounded to nearest, ties to even; what is too large becomes an infinity. */
export function toFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, float16Bits);
}

function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2⁻¹⁴ all values have the same step.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = size / 2 ** (exponent - 10);
  const whole = Math.floor(steps);
  const rest = steps - whole;
  const rounded = rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
  // A carry into the exponent is what the addition does.
  return sign | (((exponent + 14) << 10) + rounded);
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function parseObject(json: Uint8Array): Record<string, unknown> {
  checkStructure(json);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json));
  } catch (cause) {
    throw damaged("the header is not JSON", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw damaged("the header is not an object");
  return value as Record<string, unknown>;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
/** An entry with a name of one letter takes more. */
const SMALLEST_ENTRY = 40;

/**
 * Bounds what JSON.parse will allocate by the size of the header: it is an object of objects of lists, and no entry is smaller than a real
 * one.
 */
function checkStructure(json: Uint8Array): void {
  if (json[0] !== OPEN_OBJECT) throw damaged("the header is not JSON that begins with {");
  let depth = 0;
  let entries = -2;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!;
    if (byte === QUOTE) {
      while (++at < json.length && json[at] !== QUOTE) if (json[at] === BACKSLASH) at++;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (++depth > 3) throw damaged("the header is nested too deep");
      if (++entries * SMALLEST_ENTRY > 3 * json.length) throw damaged("the header holds too many entries for its size");
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
  }
}

function parseEntry(name: string, entry: unknown): TensorEntry {
  const parsed = v.safeParse(entrySchema, entry);
  if (!parsed.success) throw damaged(`tensor ${name}: ${parsed.issues[0].message}`);
  const { dtype, shape, data_offsets: offsets } = parsed.output;
  if (!isDtype(dtype)) throw damaged(`tensor ${name} has the unknown type ${dtype}`);
  const [start, end] = offsets;
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count * BYTES[dtype]) || count * BYTES[dtype] !== end - start) {
    throw damaged(`tensor ${name} of shape [${shape}] and type ${dtype} does not take the ${end - start} bytes it has`);
  }
  return { dtype, shape, start, end };
}

function isStringMap(value: unknown): value is Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string");
}

function isDtype(dtype: string): dtype is Dtype {
  return Object.hasOwn(BYTES, dtype);
}

function damaged(why: string, cause?: unknown): BertletError {
  return new BertletError("invalid_checkpoint", `not a valid safetensors file: ${why}`, { cause });
}
