// flax_model.msgpack: nested maps of arrays, each array an extension with its shape, type and bytes. Names join the maps' keys by `/`.
// Carries @msgpack/msgpack: import it only where such a file is read.
import { decode, ExtData, ExtensionCodec } from "@msgpack/msgpack";
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { bytesPerElement, type Dtype, type TensorView } from "../safetensors.ts";
import { elementCount } from "../shape.ts";
import { countValues } from "./msgpack.ts";

const DTYPES: Readonly<Record<string, Dtype>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};

/** flax.serialization's number for an array. */
const NDARRAY = 1;
// The decoder takes memory for what a header claims: arrays are shapes alone, and no map has this many tensors.
const LIMITS = { maxArrayLength: 32, maxMapLength: 100_000 };
const MAX_DEPTH = 64;
// A value may take one byte in the file and a hundred in memory. The largest checkpoints have some ten thousand.
const MAX_VALUES = 500_000;
/** Of one array: shape, type and bytes. */
const MAX_NDARRAY_VALUES = 32;
const MAX_CHUNKS = 4096;
/** Arrays of 1 GiB and more come in pieces, in a map with this key. */
const CHUNKED = "__msgpack_chunked_array__";

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const shapeSchema = v.pipe(v.array(natural), v.maxLength(16));
const ndarraySchema = v.strictTuple([shapeSchema, v.string(), v.instance(Uint8Array)]);
/** flax writes a tuple as a map from "0", "1", … */
const tupleOf = <T extends v.GenericSchema>(item: T) => v.record(v.pipe(v.string(), v.regex(/^\d{1,6}$/)), item);
const chunkedSchema = v.object({ shape: v.union([shapeSchema, tupleOf(natural)]), chunks: tupleOf(v.unknown()) });

/**
 * The arrays by name, for example `bert/pooler/dense/kernel`; they are views of the file. Numbers beside them are left out.
 * @throws BertletError `invalid_checkpoint` for a damaged file or arrays of a type that no weights have
 * @example
 * readFlax(await readFile("flax_model.msgpack")).get("bert/pooler/dense/kernel")?.shape; // [768, 768]
 */
export function readFlax(file: Uint8Array): Map<string, TensorView> {
  const tensors = new Map<string, TensorView>();
  const budget = { bytes: file.byteLength };
  collect(parse(file), "", 0, tensors, budget);
  return tensors;
}

function parse(file: Uint8Array): unknown {
  checkSize(file, MAX_VALUES);
  const extensionCodec = new ExtensionCodec();
  extensionCodec.register({ type: NDARRAY, encode: () => null, decode: (data) => ndarray(data) });
  try {
    return decode(file, { extensionCodec, ...LIMITS });
  } catch (cause) {
    if (cause instanceof BertletError) throw cause;
    throw damaged(cause instanceof Error ? cause.message : "it is no msgpack", cause);
  }
}

/** Refuses a file of more values than a checkpoint has, before memory is taken for them. */
function checkSize(file: Uint8Array, most: number): void {
  const count = countValues(file, most);
  if (count > most) throw damaged(`it holds more than ${most} values`);
}

class NdArray {
  readonly tensor: TensorView;
  constructor(tensor: TensorView) {
    this.tensor = tensor;
  }
}

function ndarray(data: Uint8Array): NdArray {
  checkSize(data, MAX_NDARRAY_VALUES);
  const parsed = v.safeParse(ndarraySchema, decode(data, LIMITS));
  if (!parsed.success) throw damaged("an array is none");
  const [shape, name, bytes] = parsed.output;
  const dtype = Object.hasOwn(DTYPES, name) ? DTYPES[name] : undefined;
  if (!dtype) throw damaged(`an array has the unknown type ${name.slice(0, 50)}`);
  const count = elementCount(shape);
  if (count * bytesPerElement(dtype) !== bytes.byteLength) {
    throw damaged(`an array of shape [${shape}] and type ${name} does not take the ${bytes.byteLength} bytes it has`);
  }
  return new NdArray({ dtype, shape, bytes });
}

function collect(
  value: unknown,
  path: string,
  depth: number,
  tensors: Map<string, TensorView>,
  budget: { bytes: number },
): void {
  if (depth > MAX_DEPTH) throw damaged(`its maps are nested over ${MAX_DEPTH} deep`);
  if (value instanceof NdArray) {
    tensors.set(path, value.tensor);
    return;
  }
  if (!isMap(value)) return;
  if (Object.hasOwn(value, CHUNKED)) {
    tensors.set(path, joinChunks(value, path, budget));
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    collect(child, path ? `${path}/${key}` : key, depth + 1, tensors, budget);
  }
}

/** The pieces are of the flattened array, in order. */
function joinChunks(value: object, path: string, budget: { bytes: number }): TensorView {
  const parsed = v.safeParse(chunkedSchema, value);
  if (!parsed.success) throw damaged(`${path} is no chunked array`);
  const shape = inOrder(parsed.output.shape);
  const chunks = inOrder(parsed.output.chunks).map((chunk) => (chunk instanceof NdArray ? chunk.tensor : undefined));
  const [first] = chunks;
  const count = elementCount(shape);
  if (!first || chunks.length > MAX_CHUNKS) throw damaged(`${path} has no pieces, or too many`);
  const size = count * bytesPerElement(first.dtype);
  budget.bytes -= size;
  if (budget.bytes < 0) throw damaged("its arrays take more memory than the file has bytes");
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    if (chunk?.dtype !== first.dtype || at + chunk.bytes.byteLength > size)
      throw damaged(`${path} has pieces that do not fit`);
    bytes.set(chunk.bytes, at);
    at += chunk.bytes.byteLength;
  }
  if (at !== size) throw damaged(`${path} lacks pieces`);
  return { dtype: first.dtype, shape, bytes };
}

/** Keys that are whole numbers come in their order, whatever order the file has them in. */
function inOrder<T>(items: readonly T[] | Readonly<Record<string, T>>): T[] {
  return Object.values(items);
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !(value instanceof ExtData);
}

function damaged(why: string, cause?: unknown): BertletError {
  return new BertletError("invalid_checkpoint", `not a valid Flax checkpoint: ${why}`, { cause });
}
