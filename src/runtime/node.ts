// The same outside of Workers: the process's variables. A request that ends early does not stop what it began.
import { createHash } from "node:crypto";

export const environment: Readonly<Record<string, unknown>> = process.env;

export function waitUntil(_promise: Promise<unknown>): void {}

/** SHA-256 of bytes that come in pieces. */
export class Sha256 {
  readonly #hash = createHash("sha256");

  async update(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
  }

  /** In hexadecimal. */
  async digest(): Promise<string> {
    return this.#hash.digest("hex");
  }
}
