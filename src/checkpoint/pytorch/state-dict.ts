// What a pickled state dict may hold: tensors over storages, and nothing else. Any other global is refused by its name.
// Tensors are made in the end, when every storage has its bytes: the older form has them behind the pickle.
import { BertletError } from "../../errors.ts";
import { bytesPerElement, type Dtype, type TensorView } from "../../safetensors.ts";
import { elementCount } from "../../shape.ts";
import { Built, Global, type PickleHandlers, type PickleValue, Tuple } from "./unpickler.ts";

const STORAGES: Readonly<Record<string, Dtype>> = {
  "torch.DoubleStorage": "F64",
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.LongStorage": "I64",
  "torch.IntStorage": "I32",
  "torch.ShortStorage": "I16",
  "torch.CharStorage": "I8",
  "torch.ByteStorage": "U8",
  "torch.BoolStorage": "BOOL",
};

/** Numbers in a row, which several tensors may share. */
export class Storage extends Built {
  readonly kind = "storage";
  readonly key: string;
  readonly dtype: Dtype;
  readonly numel: number;
  bytes: Uint8Array | undefined;

  constructor(key: string, dtype: Dtype, numel: number) {
    super();
    this.key = key;
    this.dtype = dtype;
    this.numel = numel;
  }
}

/** Part of a storage: the older form has them for tensors that share one. */
export interface StorageView {
  readonly storage: Storage;
  readonly offset: number;
  readonly numel: number;
}

/** A tensor as the pickle describes it; sizes, offset and strides count elements. */
class PickledTensor extends Built {
  readonly kind = "tensor";
  readonly view: StorageView;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(view: StorageView, offset: number, shape: readonly number[], strides: readonly number[]) {
    super();
    this.view = view;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

class PickledView extends Built {
  readonly kind = "storage view";
  readonly view: StorageView;
  constructor(view: StorageView) {
    super();
    this.view = view;
  }
}

/** Lets a pickle make tensors. `storages` has every storage that it named, once it is read. */
export class StateDictHandlers implements PickleHandlers {
  readonly storages = new Map<string, Storage>();

  global(name: string): Global {
    if (Object.hasOwn(CALLS, name) || Object.hasOwn(STORAGES, name)) return new Global(name);
    throw new BertletError(
      "invalid_checkpoint",
      `the pickle asks for ${printable(name)}: only tensors are read from a pickle, and nothing is run`,
    );
  }

  call({ name }: Global, args: readonly PickleValue[]): PickleValue {
    const call = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
    if (!call) throw damaged(`it calls ${printable(name)}`);
    return call(args);
  }

  /** ("storage", type, key, location, numel) and, in the older form, a view (key, offset, numel) or None. */
  persistent(id: PickleValue): PickleValue {
    const [kind, type, key, , numel, view] = id instanceof Tuple ? id.items : [];
    const dtype = type instanceof Global && Object.hasOwn(STORAGES, type.name) ? STORAGES[type.name] : undefined;
    if (kind !== "storage" || !dtype || typeof key !== "string" || !isSize(numel)) throw damaged("a storage is none");
    const storage = this.#storage(key, dtype, numel);
    if (!(view instanceof Tuple)) return new PickledView({ storage, offset: 0, numel });
    const [, offset, size] = view.items;
    if (!isSize(offset) || !isSize(size) || offset + size > numel) throw damaged(`a view leads out of storage ${key}`);
    return new PickledView({ storage, offset, numel: size });
  }

  #storage(key: string, dtype: Dtype, numel: number): Storage {
    const known = this.storages.get(key);
    if (!known) {
      const storage = new Storage(key, dtype, numel);
      this.storages.set(key, storage);
      return storage;
    }
    if (known.dtype !== dtype || known.numel !== numel) throw damaged(`storage ${key} has two types or sizes`);
    return known;
  }
}

/** The tensors of a state dict; other values in it (a version, an epoch) are left out. */
export function toTensors(value: PickleValue, fileBytes: number): Map<string, TensorView> {
  if (!(value instanceof Map)) throw damaged("it holds no state dict");
  const tensors = new Map<string, TensorView>();
  const budget = { bytes: fileBytes };
  for (const [name, tensor] of value) {
    if (typeof name === "string" && tensor instanceof PickledTensor)
      tensors.set(name, materialize(name, tensor, budget));
  }
  return tensors;
}

type Call = (args: readonly PickleValue[]) => PickleValue;

const CALLS: Readonly<Record<string, Call>> = {
  "collections.OrderedDict": (args) => {
    if (args.length > 0) throw damaged("an OrderedDict has arguments");
    return new Map();
  },
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  // (data, requires_grad, hooks)
  "torch._utils._rebuild_parameter": ([data]) => {
    if (!(data instanceof PickledTensor)) throw damaged("a parameter holds no tensor");
    return data;
  },
};

/** (storage, offset, size, stride, …) */
function rebuildTensor([storage, offset, size, stride]: readonly PickleValue[]): PickleValue {
  const shape = sizes(size);
  const strides = sizes(stride);
  if (!(storage instanceof PickledView) || !isSize(offset) || !shape || strides?.length !== shape.length)
    throw damaged("a tensor is none");
  return new PickledTensor(storage.view, offset, shape, strides);
}

function sizes(value: PickleValue | undefined): readonly number[] | undefined {
  if (!(value instanceof Tuple) || value.items.length > 16) return undefined;
  const numbers = value.items.filter(isSize);
  return numbers.length === value.items.length ? numbers : undefined;
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** A view where the elements lie in order; else a copy in order, whose bytes `budget` must cover. */
function materialize(name: string, tensor: PickledTensor, budget: { bytes: number }): TensorView {
  const { view, offset, shape, strides } = tensor;
  const { dtype, bytes } = view.storage;
  if (!bytes) throw damaged(`storage ${view.storage.key} has no bytes`);
  const count = elementCount(shape);
  const reach = count === 0 ? 0 : 1 + shape.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis]!, 0);
  if (!(count <= view.numel && offset + reach <= view.numel))
    throw damaged(`${printable(name)} leads out of its storage`);
  const size = bytesPerElement(dtype);
  const start = (view.offset + offset) * size;
  if (count === 0 || isContiguous(shape, strides)) {
    return { dtype, shape, bytes: bytes.subarray(start, start + count * size) };
  }
  budget.bytes -= count * size;
  if (budget.bytes < 0) throw damaged("its tensors take more memory than the file has bytes");
  return { dtype, shape, bytes: gather(bytes.subarray(start), count, size, shape, strides) };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== stride) return false;
    stride *= shape[axis]!;
  }
  return true;
}

/** Copies `count` elements of `size` bytes, the last axis running fastest. */
function gather(
  source: Uint8Array,
  count: number,
  size: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array {
  const target = new Uint8Array(count * size);
  const place = shape.map(() => 0);
  let from = 0;
  for (let index = 0; index < count; index++) {
    for (let byte = 0; byte < size; byte++) target[index * size + byte] = source[from * size + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return target;
}

/** A name from the file, fit for a message. */
function printable(name: string): string {
  return name.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, "?");
}

function damaged(why: string): BertletError {
  return new BertletError("invalid_checkpoint", `not a valid PyTorch checkpoint: ${why}`);
}
