// Files as Python writes them, put together by hand: bytes, pickles of tensors, and the zip archives that torch.save makes of them.
import type { Dtype } from "../../src/safetensors.ts";

/** One byte a letter. */
export function text(value: string): Uint8Array {
  return Uint8Array.from(value, (letter) => letter.charCodeAt(0));
}

/** Little-endian. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

export function join(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const bytes = parts.map((part) => (typeof part === "string" ? text(part) : part));
  const whole = new Uint8Array(bytes.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of bytes) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** A zip archive; its entries are stored, whatever `method` claims. */
export function zip(entries: Readonly<Record<string, Uint8Array>>, method = 0): Uint8Array {
  const locals: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const [name, data] of Object.entries(entries)) {
    const sizes = join(u32(0), u32(data.byteLength), u32(data.byteLength));
    const lengths = Uint8Array.of(name.length, name.length >> 8, 0, 0);
    const head = Uint8Array.of(20, 0, 0, 0, method, 0, 0, 0, 0, 0);
    const local = join("PK\x03\x04", head, sizes, lengths, name, data);
    central.push(join("PK\x01\x02", Uint8Array.of(20, 0), head, sizes, lengths, new Uint8Array(10), u32(at), name));
    locals.push(local);
    at += local.byteLength;
  }
  const directory = join(...central);
  const count = Uint8Array.of(central.length, central.length >> 8);
  return join(...locals, directory, "PK\x05\x06", u32(0), count, count, u32(directory.byteLength), u32(at), "\0\0");
}

/** An archive whose pickle consists of these operations. */
export function pickled(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return zip({ "archive/data.pkl": join("\x80\x02", ...parts, ".") });
}

/** SHORT_BINUNICODE. */
export function short(value: string): Uint8Array {
  return join("\x8c", Uint8Array.of(value.length), value);
}

const STORAGES: Readonly<Partial<Record<Dtype, string>>> = {
  F64: "Double",
  F32: "Float",
  F16: "Half",
  BF16: "BFloat16",
  I64: "Long",
  I32: "Int",
  I16: "Short",
  I8: "Char",
  U8: "Byte",
  BOOL: "Bool",
};

/** A tensor over storage `key`, in elements. */
export interface PickledTensor {
  readonly numel: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
  readonly dtype?: Dtype;
  readonly key?: string;
  /** Of the older form alone: the part of the storage that the tensor is of. */
  readonly view?: { readonly key: string; readonly offset: number; readonly numel: number };
}

/** The operations that put a tensor on the stack. */
export function tensor({
  numel,
  shape,
  strides,
  offset = 0,
  dtype = "F32",
  key = "0",
  view,
}: PickledTensor): Uint8Array {
  const integers = (values: readonly number[]) => join("(", ...values.map((value) => join("J", u32(value))), "t");
  const type = `ctorch\n${STORAGES[dtype]}Storage\n`;
  const part = view ? join(short(view.key), "J", u32(view.offset), "J", u32(view.numel), "\x87") : "";
  const storage = join("(", short("storage"), type, short(key), short("cpu"), "J", u32(numel), part, "tQ");
  const place = join("J", u32(offset), integers(shape), integers(strides));
  return join("ctorch._utils\n_rebuild_tensor_v2\n(", storage, place, "\x89}tR");
}

/** A checkpoint with these tensors over these storages. */
export function checkpoint(
  tensors: Readonly<Record<string, PickledTensor>>,
  storages: Readonly<Record<string, Uint8Array>>,
): Uint8Array {
  const items = Object.entries(tensors).map(([name, described]) => join(short(name), tensor(described)));
  const files = Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes]);
  return zip({ "archive/data.pkl": join("\x80\x02}(", ...items, "u."), ...Object.fromEntries(files) });
}

/** The older form with these tensors over one storage, whose length it gives as `claimed`. */
export function olderCheckpoint(
  tensors: Readonly<Record<string, PickledTensor>>,
  storage: Uint8Array,
  claimed: number,
): Uint8Array {
  const items = Object.entries(tensors).map(([name, described]) => join(short(name), tensor(described)));
  const magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  const system = join("\x80\x02}", short("little_endian"), "\x88s.");
  const keys = join("\x80\x02]", short("0"), "a.");
  return join(magic, "\x80\x02M\xe9\x03.", system, "\x80\x02}(", ...items, "u.", keys, u32(claimed), u32(0), storage);
}
