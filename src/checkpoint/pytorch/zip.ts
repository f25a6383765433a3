// The zip archives that PyTorch writes: entries stored as they are, found by the central directory. Entries are views of the file, and
// compressed ones are refused, so no archive can unfold to more than its own size.
import { BertletError } from "../../errors.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT = 0xffff;
const ENCRYPTED = 1;
const ZIP64_EXTRA = 1;
// More tensors than any model has.
const MAX_ENTRIES = 1_000_000;

/**
 * The archive's entries by name, uncopied.
 * @throws BertletError `invalid_checkpoint` for a damaged archive, `unsupported` for compressed or encrypted entries
 * @example
 * readZip(file).get("archive/data.pkl");
 */
export function readZip(file: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { count, start } = directory(view);
  const entries = new Map<string, Uint8Array>();
  let at = start;
  for (let index = 0; index < count; index++) {
    require(view, at, CENTRAL_BYTES);
    if (view.getUint32(at, true) !== CENTRAL) throw damaged(`entry ${index} of the directory is none`);
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    require(view, at + CENTRAL_BYTES, nameBytes + extraBytes);
    const name = new TextDecoder().decode(file.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes));
    if (view.getUint16(at + 8, true) & ENCRYPTED) throw new BertletError("unsupported", `${name} is encrypted`);
    if (view.getUint16(at + 10, true) !== 0)
      throw new BertletError("unsupported", `${name} is compressed in the archive`);
    const place = sizes(view, at, at + CENTRAL_BYTES + nameBytes, extraBytes);
    if (entries.has(name)) throw damaged(`${name} is there twice`);
    entries.set(name, stored(file, view, name, place));
    at += CENTRAL_BYTES + nameBytes + extraBytes + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Whether the file begins as an archive does. */
export function isZip(file: Uint8Array): boolean {
  return file[0] === 0x50 && file[1] === 0x4b && file[2] === 3 && file[3] === 4;
}

function directory(view: DataView): { count: number; start: number } {
  const end = endRecord(view);
  let count = view.getUint16(end + 10, true);
  let start = view.getUint32(end + 16, true);
  const locator = end - 20;
  if (locator >= 0 && view.getUint32(locator, true) === LOCATOR64) {
    const end64 = u64(view, locator + 8);
    require(view, end64, 56);
    if (view.getUint32(end64, true) !== END64) throw damaged("its zip64 end record is none");
    count = u64(view, end64 + 32);
    start = u64(view, end64 + 48);
  }
  if (count > MAX_ENTRIES) throw damaged(`it claims ${count} entries`);
  return { count, start };
}

/** The end record is the last thing in the file but for a comment. */
function endRecord(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw damaged("it has no directory: the file may be cut short");
}

/** Size and place of an entry; those of 4 GiB and more are in the zip64 extra field, in this order, where they are needed. */
function sizes(view: DataView, at: number, extra: number, extraBytes: number): { size: number; start: number } {
  let size = view.getUint32(at + 24, true);
  let packed = view.getUint32(at + 20, true);
  let start = view.getUint32(at + 42, true);
  const end = extra + extraBytes;
  for (let field = extra; field + 4 <= end; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== ZIP64_EXTRA) continue;
    let value = field + 4;
    const wide = (narrow: number) => {
      if (narrow !== 0xffffffff) return narrow;
      value += 8;
      return u64(view, value - 8);
    };
    size = wide(size);
    packed = wide(packed);
    start = wide(start);
  }
  if (packed !== size) throw damaged("a stored entry has two sizes");
  return { size, start };
}

function stored(file: Uint8Array, view: DataView, name: string, { size, start }: { size: number; start: number }) {
  require(view, start, LOCAL_BYTES);
  if (view.getUint32(start, true) !== LOCAL) throw damaged(`${name} is not where the directory says`);
  const data = start + LOCAL_BYTES + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
  require(view, data, size);
  return file.subarray(data, data + size);
}

function u64(view: DataView, at: number): number {
  require(view, at, 8);
  return Number(view.getBigUint64(at, true));
}

function require(view: DataView, at: number, bytes: number): void {
  if (at + bytes > view.byteLength)
    throw damaged(`it points behind its end (${at + bytes} of ${view.byteLength} bytes)`);
}

function damaged(why: string): BertletError {
  return new BertletError("invalid_checkpoint", `not a valid zip archive: ${why}`);
}
