// A machine for Python's pickles that runs nothing: it builds numbers, strings, lists, tuples and dicts, and asks its caller for every
// global, call and persistent id. Iterative, so nesting costs no stack; every length is checked against the bytes that are there.
import { BertletError } from "../../errors.ts";

/** A tuple: told apart from lists, for only tuples are arguments. */
export class Tuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** A name that a pickle imports. */
export class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What the caller made of a call or a persistent id: nothing that the machine looks into. */
export abstract class Built {
  abstract readonly kind: string;
}

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Tuple
  | Map<PickleValue, PickleValue>
  | Global
  | Built;

export interface PickleHandlers {
  /** Lets a global through, or throws. */
  global(name: string): Global;
  /** The result of `callee(*args)`, or throws. */
  call(callee: Global, args: readonly PickleValue[]): PickleValue;
  /** What a persistent id stands for, or throws. */
  persistent(id: PickleValue): PickleValue;
}

// A state dict takes some forty operations a tensor, so this is enough for 25,000 of them. No operation makes more than one value, so it
// bounds memory as well as time.
const MAX_OPERATIONS = 1_000_000;
// Integers beyond 64 bits are no sizes; the older form's magic number has ten bytes.
const MAX_LONG_BYTES = 10;

/**
 * Reads one pickle of protocol 2 to 5 that begins at `start`.
 * @returns the value and where the pickle ends
 * @throws BertletError `invalid_checkpoint` for a damaged pickle, and whatever the handlers throw
 */
export function unpickle(bytes: Uint8Array, start: number, handlers: PickleHandlers) {
  const machine = new Machine(bytes, start, handlers);
  const value = machine.run();
  return { value, end: machine.at };
}

type Operation = (machine: Machine) => void;

class Machine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly handlers: PickleHandlers;
  at: number;
  readonly memo = new Map<number, PickleValue>();
  stack: PickleValue[] = [];
  readonly marks: number[] = [];

  constructor(bytes: Uint8Array, start: number, handlers: PickleHandlers) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.handlers = handlers;
  }

  run(): PickleValue {
    if (this.u8() !== PROTO) throw damaged("it is of a protocol before 2");
    const protocol = this.u8();
    if (protocol < 2 || protocol > 5) throw damaged(`its protocol is ${protocol}`);
    for (let count = 0; count < MAX_OPERATIONS; count++) {
      const code = this.u8();
      if (code === STOP) return this.pop();
      const operation = OPERATIONS.get(code);
      if (!operation) throw damaged(`it has the operation 0x${code.toString(16)}, which no list of tensors needs`);
      operation(this);
    }
    throw damaged(`it takes over ${MAX_OPERATIONS} operations`);
  }

  /** Moves on by `count` bytes and gives where they begin. */
  take(count: number): number {
    const from = this.at;
    if (from + count > this.bytes.byteLength) throw damaged("it is cut short");
    this.at = from + count;
    return from;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  slice(length: number): Uint8Array {
    const from = this.take(length);
    return this.bytes.subarray(from, from + length);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.slice(length));
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw damaged("it is cut short");
    const text = this.text(end - this.at);
    this.take(1);
    return text;
  }

  long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES) throw damaged(`it has an integer of ${length} bytes`);
    let value = 0n;
    for (const [index, byte] of this.slice(length).entries()) value |= BigInt(byte) << BigInt(8 * index);
    const signed = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw damaged("it takes a value where there is none");
    return this.stack.pop()!;
  }

  top(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw damaged("it takes a value where there is none");
    return this.stack.at(-1)!;
  }

  /** The values since the last mark. */
  popMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw damaged("it goes back to a mark that is not there");
    return this.stack.splice(mark);
  }

  tuple(count: number): void {
    const items = Array.from({ length: count }, () => this.pop());
    this.push(new Tuple(items.reverse()));
  }

  get(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw damaged(`it refers to value ${index}, which it has not named`);
    this.push(value);
  }

  global(module: string, name: string): void {
    this.push(this.handlers.global(`${module}.${name}`));
  }

  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof Global && args instanceof Tuple)) throw damaged("it calls what is no function");
    this.push(this.handlers.call(callee, args.items));
  }

  /** Attributes set on a value. Only dicts get any (`_metadata`), and they mean nothing to us. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) throw damaged("it sets attributes of what is no dict");
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!(dict instanceof Map) || items.length % 2 !== 0) throw damaged("it sets items of what is no dict");
    for (let index = 0; index < items.length; index += 2) dict.set(items[index]!, items[index + 1]!);
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw damaged("it appends to what is no list");
    for (const item of items) list.push(item);
  }
}

const PROTO = 0x80;
const STOP = 0x2e;

// By the names of Python's pickletools.
const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [0x95, (m) => void m.take(8)], // FRAME
  [0x28, (m) => void m.marks.push(m.stack.length)], // MARK
  [0x30, (m) => void m.pop()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.u32() | 0)], // BININT
  [0x4b, (m) => m.push(m.u8())], // BININT1
  [0x4d, (m) => m.push(m.u16())], // BININT2
  [0x8a, (m) => m.push(m.long(m.u8()))], // LONG1
  [0x8b, (m) => m.push(m.long(m.u32()))], // LONG4
  [0x47, (m) => m.push(m.view.getFloat64(m.take(8)))], // BINFLOAT
  [0x58, (m) => m.push(m.text(m.u32()))], // BINUNICODE
  [0x8c, (m) => m.push(m.text(m.u8()))], // SHORT_BINUNICODE
  [0x8d, (m) => m.push(m.text(m.u64()))], // BINUNICODE8
  [0x54, (m) => m.push(m.text(m.u32()))], // BINSTRING
  [0x55, (m) => m.push(m.text(m.u8()))], // SHORT_BINSTRING
  [0x42, (m) => m.push(m.slice(m.u32()))], // BINBYTES
  [0x43, (m) => m.push(m.slice(m.u8()))], // SHORT_BINBYTES
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x73, (m) => m.setItems([m.pop(), m.pop()].reverse())], // SETITEM
  [0x75, (m) => m.setItems(m.popMark())], // SETITEMS
  [0x29, (m) => m.push(new Tuple([]))], // EMPTY_TUPLE
  [0x74, (m) => m.push(new Tuple(m.popMark()))], // TUPLE
  [0x85, (m) => m.tuple(1)], // TUPLE1
  [0x86, (m) => m.tuple(2)], // TUPLE2
  [0x87, (m) => m.tuple(3)], // TUPLE3
  [0x71, (m) => void m.memo.set(m.u8(), m.top())], // BINPUT
  [0x72, (m) => void m.memo.set(m.u32(), m.top())], // LONG_BINPUT
  [0x94, (m) => void m.memo.set(m.memo.size, m.top())], // MEMOIZE
  [0x68, (m) => m.get(m.u8())], // BINGET
  [0x6a, (m) => m.get(m.u32())], // LONG_BINGET
  [0x63, (m) => m.global(m.line(), m.line())], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x52, (m) => m.reduce()], // REDUCE
  [0x62, (m) => m.build()], // BUILD
  [0x51, (m) => m.push(m.handlers.persistent(m.pop()))], // BINPERSID
]);

function stackGlobal(machine: Machine): void {
  const name = machine.pop();
  const module = machine.pop();
  if (typeof name !== "string" || typeof module !== "string") throw damaged("it imports what has no name");
  machine.global(module, name);
}

function damaged(why: string): BertletError {
  return new BertletError("invalid_checkpoint", `not a valid pickle: ${why}`);
}
