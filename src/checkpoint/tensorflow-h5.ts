// tf_model.h5: HDF5 groups of datasets, read by h5wasm in its own memory. Names are the datasets' paths, `layer/model/…/kernel:0`.
// Not in Workers: h5wasm compiles wasm from bytes, which they forbid.
import { type Hdf5, withHdf5 } from "#hdf5";
import { BertletError } from "../errors.ts";
import { bytesPerElement, type Dtype, type TensorView } from "../safetensors.ts";
import { elementCount } from "../shape.ts";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const FILE = "/checkpoint.h5";
// A group can link to itself, so depth and number are bounded; no model comes near.
const MAX_DEPTH = 32;
const MAX_OBJECTS = 20_000;
// Compression makes weights little smaller: a file that unfolds to more than this is no checkpoint.
const MAX_RATIO = 16;

/**
 * The datasets of numbers by path; copies.
 * @throws BertletError `invalid_checkpoint` for a damaged file, `unsupported` where h5wasm cannot run
 * @example
 * (await readTensorFlow(await readFile("tf_model.h5"))).get("bert/tf_bert_model/bert/pooler/dense/kernel:0")?.shape; // [768, 768]
 */
export async function readTensorFlow(file: Uint8Array): Promise<Map<string, TensorView>> {
  if (SIGNATURE.some((byte, index) => file[index] !== byte)) throw damaged("it does not begin as one");
  return withHdf5((hdf5) => {
    const { FS } = hdf5.library;
    if (!FS) throw damaged("the library has no file system");
    FS.writeFile(FILE, file);
    try {
      const root = new hdf5.library.File(FILE, "r");
      try {
        return new Reader(hdf5, MAX_RATIO * file.byteLength).read(root);
      } finally {
        root.close();
      }
    } finally {
      FS.unlink(FILE);
    }
  });
}

type Group = InstanceType<Hdf5["library"]["Group"]>;
type Dataset = InstanceType<Hdf5["library"]["Dataset"]>;

class Reader {
  readonly #hdf5: Hdf5;
  readonly #tensors = new Map<string, TensorView>();
  #budget: number;
  #objects = 0;

  constructor(hdf5: Hdf5, budget: number) {
    this.#hdf5 = hdf5;
    this.#budget = budget;
  }

  read(root: Group): Map<string, TensorView> {
    this.#group(root, "", 0);
    return this.#tensors;
  }

  #group(group: Group, path: string, depth: number): void {
    if (depth > MAX_DEPTH) throw damaged(`its groups are nested over ${MAX_DEPTH} deep`);
    for (const name of group.keys()) {
      if (++this.#objects > MAX_OBJECTS) throw damaged(`it holds over ${MAX_OBJECTS} objects`);
      const at = path ? `${path}/${name}` : name;
      const child = group.get(name);
      if (child instanceof this.#hdf5.library.Group) this.#group(child, at, depth + 1);
      else if (child instanceof this.#hdf5.library.Dataset) this.#dataset(child, at);
      else throw damaged(`${at} is neither a group nor a dataset`);
    }
  }

  #dataset(dataset: Dataset, path: string): void {
    const { shape, chunks } = dataset.metadata;
    const dtype = this.#dtype(dataset);
    // Texts and the like hold no weights.
    if (!dtype || !shape) return;
    const size = elementCount(shape.map(Number)) * bytesPerElement(dtype);
    this.#budget -= size;
    const chunk = elementCount((chunks ?? []).map(Number)) * bytesPerElement(dtype);
    if (!(this.#budget >= 0 && chunk <= this.#budget + size)) {
      throw damaged(`its datasets unfold to over ${MAX_RATIO} times the file's size`);
    }
    this.#tensors.set(path, { dtype, shape: shape.map(Number), bytes: this.#bytes(dataset, size) });
  }

  #dtype(dataset: Dataset): Dtype | undefined {
    const { type, size, signed, littleEndian, vlen } = dataset.metadata;
    const { H5T_class_t: classes } = this.#hdf5.module;
    if (vlen || !littleEndian) return undefined;
    if (type === classes.H5T_FLOAT.value) return FLOATS[size];
    return type === classes.H5T_INTEGER.value && signed ? INTEGERS[size] : undefined;
  }

  #bytes({ file_id, path }: Dataset, size: number): Uint8Array {
    if (size === 0) return new Uint8Array(0);
    const { module } = this.#hdf5;
    const pointer = module._malloc(size);
    if (pointer === 0) throw damaged("it needs more memory than there is");
    try {
      if (module.get_dataset_data(file_id, path, null, null, null, BigInt(pointer)) < 0)
        throw damaged(`${path} is damaged`);
      return module.HEAPU8.slice(pointer, pointer + size);
    } finally {
      module._free(pointer);
    }
  }
}

const FLOATS: Readonly<Record<number, Dtype>> = { 2: "F16", 4: "F32", 8: "F64" };
const INTEGERS: Readonly<Record<number, Dtype>> = { 1: "I8", 2: "I16", 4: "I32", 8: "I64" };

function damaged(why: string): BertletError {
  return new BertletError("invalid_checkpoint", `not a valid HDF5 file: ${why}`);
}
