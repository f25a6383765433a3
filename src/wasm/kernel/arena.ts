// The wasm memory of one session: weights first, then an arena that every run lays out afresh. It hands out addresses and views and
// refuses what does not fit; it computes nothing.
import { BertletError } from "../../errors.ts";

const PAGE_BYTES = 65_536;
// Address 0 means "none" to the kernels, so nothing lies there.
const RESERVED_BYTES = 64;
// Where the platform writes that the CPU time of a request is nearly used up (src/wasm/kernels/forward/signal.ts).
const SIGNAL = 4;

/** Hands out addresses one after the other, each a multiple of 64. It counts; it touches no memory. */
export class Layout {
  bytes: number;

  constructor(base: number) {
    this.bytes = base;
  }

  /** The address of `count` elements of `size` bytes. */
  take(count: number, size: number): number {
    const address = this.bytes;
    this.bytes += Math.ceil((count * size) / 64) * 64;
    return address;
  }
}

export class SessionMemory {
  // `declare`: a field that is only declared is code, and every Worker carries it.
  declare readonly memory: WebAssembly.Memory;
  declare readonly maximum: number;
  /** Where the weights begin. */
  readonly weights = RESERVED_BYTES;
  /** Where a run may lay out its activations. */
  declare readonly arena: number;

  /** @throws BertletError `out_of_memory` when the weights alone do not fit */
  constructor(weightBytes: number, maximum: number) {
    this.maximum = Math.floor(maximum / PAGE_BYTES) * PAGE_BYTES;
    this.arena = new Layout(this.weights + weightBytes).bytes;
    this.arena = Math.ceil(this.arena / 64) * 64;
    if (this.arena > this.maximum) {
      throw new BertletError(
        "out_of_memory",
        `weights of ${weightBytes} bytes do not fit ${this.maximum} bytes of memory`,
      );
    }
    try {
      this.memory = new WebAssembly.Memory({ initial: pages(this.arena), maximum: pages(this.maximum) });
    } catch (cause) {
      throw new BertletError("out_of_memory", `no memory of ${this.arena} bytes can be had`, { cause });
    }
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Clears a signal of the platform, which kills the isolate if the run goes on. @throws BertletError `unavailable` if there was one */
  checkSignal(): void {
    const signal = this.i32(SIGNAL, 1);
    if (signal[0] === 0) return;
    signal[0] = 0;
    throw new BertletError("unavailable", "the request has used its CPU time");
  }

  /** Makes the memory at least `bytes` large. @throws BertletError `input_too_large` before anything has changed */
  reserve(bytes: number): void {
    if (bytes > this.maximum) {
      throw new BertletError(
        "input_too_large",
        `this run needs ${bytes} bytes of memory, the session may take ${this.maximum}`,
      );
    }
    const missing = pages(bytes) - pages(this.bytes);
    if (missing <= 0) return;
    try {
      this.memory.grow(missing);
    } catch (cause) {
      throw new BertletError("out_of_memory", `the memory cannot grow to ${bytes} bytes`, { cause });
    }
  }

  /** Views hold until the next `reserve`. */
  f32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  u8(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}
