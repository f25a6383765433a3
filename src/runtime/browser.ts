// Browsers: no variables, and nothing stops work that was begun.
import { sha256 } from "../digest.ts";
import type { StreamingHash } from "./types.ts";

export const environment: Readonly<Record<string, unknown>> = {};

export function waitUntil(_promise: Promise<unknown>): void {}

/** WebCrypto hashes whole buffers only, so the pieces are kept until the end. */
export class Sha256 implements StreamingHash {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];

  async update(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(new Uint8Array(bytes));
  }

  async digest(): Promise<string> {
    return sha256(new Uint8Array(await new Blob(this.#pieces).arrayBuffer()));
  }
}
