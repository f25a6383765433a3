// Counts the values of a MessagePack file without building any of them (https://github.com/msgpack/msgpack/blob/master/spec.md).

/** Bytes after the tag of each fixed-size type, from 0xca (float 32) to 0xd8 (fixext 16). */
const FIXED = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17];

/**
 * How many values the file holds, maps, lists and keys included; counting ends past `most` or where the file does.
 *
 * @example
 * countValues(Uint8Array.of(0x92, 0x01, 0x90), 10); // 3: a list of a number and an empty list
 */
export function countValues(file: Uint8Array, most: number): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  let count = 0;
  /** Values that must follow. */
  let open = 1;
  while (open > 0 && at < file.length && count <= most) {
    const { bytes, values } = header(view, at);
    at += bytes;
    open += values - 1;
    count++;
  }
  return count + Math.max(0, Math.min(open, most));
}

/** The bytes of a value without those inside it, and how many values are inside. */
function header(view: DataView, at: number): { bytes: number; values: number } {
  const tag = view.getUint8(at);
  const length = (size: 1 | 2 | 4) => (at + 1 + size > view.byteLength ? 0 : readLength(view, at + 1, size));
  if (tag < 0x80 || tag >= 0xe0) return { bytes: 1, values: 0 };
  if (tag < 0x90) return { bytes: 1, values: 2 * (tag & 15) };
  if (tag < 0xa0) return { bytes: 1, values: tag & 15 };
  if (tag < 0xc0) return { bytes: 1 + (tag & 31), values: 0 };
  if (tag < 0xc4) return { bytes: 1, values: 0 };
  if (tag < 0xc7) {
    const size = sizeOf(tag - 0xc4);
    return { bytes: 1 + size + length(size), values: 0 };
  }
  if (tag < 0xca) {
    const size = sizeOf(tag - 0xc7);
    return { bytes: 2 + size + length(size), values: 0 };
  }
  if (tag < 0xd9) return { bytes: 1 + FIXED[tag - 0xca]!, values: 0 };
  if (tag < 0xdc) {
    const size = sizeOf(tag - 0xd9);
    return { bytes: 1 + size + length(size), values: 0 };
  }
  const size = tag % 2 === 0 ? 2 : 4;
  const each = tag < 0xde ? 1 : 2;
  return { bytes: 1 + size, values: each * length(size) };
}

function sizeOf(index: number): 1 | 2 | 4 {
  return index === 0 ? 1 : index === 1 ? 2 : 4;
}

function readLength(view: DataView, at: number, size: 1 | 2 | 4): number {
  return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
}
