// Protobuf messages read field by field: the wire format, and no message of anybody's.
import { BertletError } from "./errors.ts";

/** The wire types. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

/** A field of a message, by offsets: `payload` is where its value begins, after its tag and length. */
export interface ProtoField {
  readonly number: number;
  /** The wire type. */
  readonly wire: number;
  readonly start: number;
  readonly payload: number;
  readonly end: number;
  /** The value of a varint, exact below 2⁵³; the number of bytes of a field that has a length. */
  readonly value: number;
}

/**
 * The fields of a message.
 *
 * @param what the file, for the error
 * @throws BertletError `invalid_checkpoint` where they do not end as the message ends
 * @example
 * for (const { number, payload, end } of readFields(file, "spiece.model")) file.subarray(payload, end);
 */
export function* readFields(message: Uint8Array, what: string): Generator<ProtoField> {
  const damaged = () => new BertletError("invalid_checkpoint", `${what} is damaged or not protobuf`);
  let at = 0;
  const read = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined || scale > 2 ** 63) throw damaged();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.byteLength) {
    const start = at;
    const key = read();
    const wire = key % 8;
    let payload = at;
    let value = 0;
    if (wire === VARINT) value = read();
    else if (wire === LENGTH) {
      value = read();
      payload = at;
      at += value;
    } else if (wire === FIXED64) at += 8;
    else if (wire === FIXED32) at += 4;
    else throw damaged();
    if (at > message.byteLength) throw damaged();
    yield { number: Math.floor(key / 8), wire, start, payload, end: at, value };
  }
}
