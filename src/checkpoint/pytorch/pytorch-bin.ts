// pytorch_model.bin in both of its forms: the zip archive (since PyTorch 1.6) with a pickle and a file a storage, and the row of
// pickles from before, with the storages behind them. Nothing that a pickle asks for is run.
import { BertletError } from "../../errors.ts";
import { bytesPerElement, type TensorView } from "../../safetensors.ts";
import { StateDictHandlers, type Storage, toTensors } from "./state-dict.ts";
import { type PickleHandlers, type PickleValue, unpickle } from "./unpickler.ts";
import { isZip, readZip } from "./zip.ts";

/**
 * The tensors of a state dict by name. Those that lie in order are views of the file.
 * @throws BertletError `invalid_checkpoint` for a damaged file, and for a pickle that asks for anything but tensors, by its name;
 * `unsupported` for compressed archives and big-endian files
 * @example
 * readPytorch(await readFile("pytorch_model.bin")).get("bert.pooler.dense.bias")?.shape; // [768]
 */
export function readPytorch(file: Uint8Array): Map<string, TensorView> {
  return isZip(file) ? readArchive(file) : readPickles(file);
}

function readArchive(file: Uint8Array): Map<string, TensorView> {
  const entries = readZip(file);
  const pickle = [...entries.keys()].find((name) => name.endsWith("/data.pkl"));
  if (!pickle) throw damaged("the archive has no data.pkl");
  const folder = pickle.slice(0, -"data.pkl".length);
  const order = entries.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order) !== "little") throw bigEndian();
  const handlers = new StateDictHandlers();
  const { value } = unpickle(entries.get(pickle)!, 0, handlers);
  for (const storage of handlers.storages.values()) {
    const bytes = entries.get(`${folder}data/${storage.key}`);
    if (bytes?.byteLength !== storageBytes(storage)) {
      throw damaged(`storage ${storage.key} has ${bytes?.byteLength ?? "no"} bytes, not ${storageBytes(storage)}`);
    }
    storage.bytes = bytes;
  }
  return toTensors(value, file.byteLength);
}

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const COUNT_BYTES = 8;

/** Magic number, protocol, system, state dict, keys of storages: a pickle each. Then each storage: its length and its bytes. */
function readPickles(file: Uint8Array): Map<string, TensorView> {
  let at = 0;
  const next = (handlers: PickleHandlers = NOTHING): PickleValue => {
    const { value, end } = unpickle(file, at, handlers);
    at = end;
    return value;
  };
  if (file[0] !== 0x80 || next() !== MAGIC) throw damaged("it is neither a zip archive nor a pickle of PyTorch's");
  if (next() !== PROTOCOL) throw damaged(`its protocol is not ${PROTOCOL}`);
  const system = next();
  if (!(system instanceof Map) || system.get("little_endian") !== true) throw bigEndian();
  const handlers = new StateDictHandlers();
  const value = next(handlers);
  const keys = next();
  if (!Array.isArray(keys)) throw damaged("it lists no storages");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (const key of keys) {
    const storage = typeof key === "string" ? handlers.storages.get(key) : undefined;
    if (!storage || storage.bytes) throw damaged("it lists a storage that no tensor has, or one twice");
    const start = at + COUNT_BYTES;
    const end = start + storageBytes(storage);
    if (end > file.byteLength) throw damaged(`it is cut short in storage ${storage.key}`);
    if (view.getBigUint64(at, true) !== BigInt(storage.numel))
      throw damaged(`storage ${storage.key} has another length`);
    storage.bytes = file.subarray(start, end);
    at = end;
  }
  return toTensors(value, file.byteLength);
}

/** For pickles of numbers and strings alone. */
const NOTHING: PickleHandlers = {
  global: (name) => {
    throw damaged(`its head asks for ${name}`);
  },
  call: () => null,
  persistent: () => {
    throw damaged("its head refers to a storage");
  },
};

function storageBytes({ dtype, numel }: Storage): number {
  return numel * bytesPerElement(dtype);
}

function bigEndian(): BertletError {
  return new BertletError("unsupported", "the PyTorch checkpoint is not little-endian");
}

function damaged(why: string): BertletError {
  return new BertletError("invalid_checkpoint", `not a valid PyTorch checkpoint: ${why}`);
}
