// Protobuf messages written field by field: the little of the wire format that ONNX needs. It knows no message of ONNX's; those are in graph.ts
// and external.ts. src/protobuf.ts reads them.
import { FIXED32, LENGTH, VARINT } from "../protobuf.ts";

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
