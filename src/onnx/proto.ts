// Protobuf messages written and read field by field: the little of the wire format that ONNX needs. It knows no message of ONNX's; those
// are in graph.ts and external.ts.
import { BertletError } from "../errors.ts";

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** A message under construction; every method appends one field. Bytes are kept as handed over and copied once, by `finish`. */
export class ProtoMessage {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  /** An int64 or enum, -2⁵³…2⁵³. */
  int(field: number, value: number): this {
    return this.#append(varint(tag(field, VARINT))).#append(varint(value));
  }

  float(field: number, value: number): this {
    return this.#append(varint(tag(field, FIXED32))).#append(new Uint8Array(Float32Array.of(value).buffer));
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#append(varint(tag(field, LENGTH)))
      .#append(varint(value.byteLength))
      .#append(value);
  }

  message(field: number, value: ProtoMessage): this {
    this.#append(varint(tag(field, LENGTH))).#append(varint(value.#size));
    for (const part of value.#parts) this.#append(part);
    return this;
  }

  /** Fields that are encoded already. */
  raw(whole: Uint8Array): this {
    return this.#append(whole);
  }

  /** The whole message. */
  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.byteLength;
    }
    return whole;
  }

  #append(part: Uint8Array): this {
    this.#parts.push(part);
    this.#size += part.byteLength;
    return this;
  }
}

function tag(field: number, wire: number): number {
  return field * 8 + wire;
}

/** Seven bits a byte, the least first; negative numbers as 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest ? low | 128 : low);
  } while (rest);
  return Uint8Array.from(bytes);
}

/** A field of a message, by offsets: `payload` is where its value begins, after its tag and length. */
export interface ProtoField {
  readonly number: number;
  readonly start: number;
  readonly payload: number;
  readonly end: number;
}

/**
 * The fields of a message.
 *
 * @throws BertletError `invalid_checkpoint` where they do not end as the message ends
 */
export function* readFields(message: Uint8Array): Generator<ProtoField> {
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
    let payload = at;
    switch (key % 8) {
      case VARINT:
        read();
        break;
      case FIXED64:
        at += 8;
        break;
      case FIXED32:
        at += 4;
        break;
      case LENGTH: {
        const length = read();
        payload = at;
        at += length;
        break;
      }
      default:
        throw damaged();
    }
    if (at > message.byteLength) throw damaged();
    yield { number: Math.floor(key / 8), start, payload, end: at };
  }
}

function damaged(): BertletError {
  return new BertletError("invalid_checkpoint", "the file is damaged or not protobuf, as ONNX models are");
}
