// Node, Bun and Deno: the process's variables. A request that ends early does not stop the work that it began.
import { createHash } from "node:crypto";
import type { StreamingHash } from "./types.ts";

export const environment: Readonly<Record<string, unknown>> = process.env;

export function waitUntil(_promise: Promise<unknown>): void {}

export class Sha256 implements StreamingHash {
  readonly #hash = createHash("sha256");

  async update(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
  }

  async digest(): Promise<string> {
    return this.#hash.digest("hex");
  }
}
