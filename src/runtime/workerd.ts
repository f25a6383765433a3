// What the Workers runtime gives beside a request: variables, secrets and bindings, known before the first request comes; work that
// outlives a request; and hashes of what is too large to lie in memory.
import { hexadecimal } from "../digest.ts";

export { env as environment, waitUntil } from "cloudflare:workers";

interface DigestStream extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>;
}
const { DigestStream } = crypto as unknown as { DigestStream: new (algorithm: string) => DigestStream };

/** SHA-256 of bytes that come in pieces. */
export class Sha256 {
  readonly #stream = new DigestStream("SHA-256");
  readonly #writer = this.#stream.getWriter();

  update(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  /** In hexadecimal. */
  async digest(): Promise<string> {
    await this.#writer.close();
    return hexadecimal(await this.#stream.digest);
  }
}
