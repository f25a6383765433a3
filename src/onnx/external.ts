// An ONNX file taken apart for loading: a small model whose large tensors are references into the file itself, as external data. The
// engine then copies each tensor once, to its place, and never holds the whole file beside the weights.
import { readFields } from "../protobuf.ts";
import { ProtoMessage } from "./proto.ts";

/** Under which name the small model refers to the file. */
export const EXTERNAL_FILE = "model.onnx";

/** The file in errors. */
const WHAT = "the ONNX model";

// Smaller constants may be shapes and axes, which the engine wants at hand while it plans.
const SMALLEST = 4096;

// Field numbers of onnx.proto.
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_RAW_DATA = 9;
const TENSOR_EXTERNAL_DATA = 13;
const TENSOR_DATA_LOCATION = 14;
const EXTERNAL = 1;

/**
 * The file without the bytes of its large constants.
 *
 * @throws BertletError `invalid_checkpoint` for what is not protobuf
 * @example
 * const model = withoutInitializers(file);
 * await InferenceSession.create(model, { externalData: [{ path: EXTERNAL_FILE, data: file }] });
 */
export function withoutInitializers(file: Uint8Array): Uint8Array<ArrayBuffer> {
  return replace(file, MODEL_GRAPH, (graph) =>
    replace(graph, GRAPH_INITIALIZER, (tensor) =>
      tensor.byteLength < SMALLEST ? undefined : withoutData(tensor, file),
    ),
  );
}

function withoutData(tensor: Uint8Array, file: Uint8Array): Uint8Array {
  const message = new ProtoMessage();
  for (const { number, start, payload, end } of readFields(tensor, WHAT)) {
    if (number !== TENSOR_RAW_DATA) {
      message.raw(tensor.subarray(start, end));
      continue;
    }
    const entry = (key: string, value: string) =>
      message.message(TENSOR_EXTERNAL_DATA, new ProtoMessage().string(1, key).string(2, value));
    entry("location", EXTERNAL_FILE);
    entry("offset", String(tensor.byteOffset + payload - file.byteOffset));
    entry("length", String(end - payload));
    message.int(TENSOR_DATA_LOCATION, EXTERNAL);
  }
  return message.finish();
}

/**
 * The message with every field of one number changed, or left if `change` returns nothing. Fields that stay are copied in runs, so that a
 * message of millions of empty fields takes no memory for each.
 */
function replace(
  message: Uint8Array,
  number: number,
  change: (payload: Uint8Array) => Uint8Array | undefined,
): Uint8Array<ArrayBuffer> {
  const changed = new ProtoMessage();
  let copied = 0;
  for (const field of readFields(message, WHAT)) {
    if (field.number !== number) continue;
    const payload = change(message.subarray(field.payload, field.end));
    if (!payload) continue;
    if (field.start > copied) changed.raw(message.subarray(copied, field.start));
    changed.bytes(number, payload);
    copied = field.end;
  }
  return changed.raw(message.subarray(copied)).finish();
}
