// Cloudflare Workers.
import { hexadecimal } from "../digest.ts";
import type { StreamingHash } from "./types.ts";

export { env as environment, waitUntil } from "cloudflare:workers";

interface DigestStream extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>;
}
const { DigestStream } = crypto as unknown as { DigestStream: new (algorithm: string) => DigestStream };

export class Sha256 implements StreamingHash {
  readonly #stream = new DigestStream("SHA-256");
  readonly #writer = this.#stream.getWriter();

  update(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  async digest(): Promise<string> {
    await this.#writer.close();
    return hexadecimal(await this.#stream.digest);
  }
}
