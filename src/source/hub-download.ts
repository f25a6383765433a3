// Downloads of one file from the Hub: resumed when the connection breaks, and verified by checksum.
import { hexadecimal } from "../digest.ts";
import { BertletError } from "../errors.ts";
import type { HubFile, OpenDownload } from "./hub.ts";

/** How many times a download is started or resumed. */
const ATTEMPTS = 3;

/** Where a download goes: bytes in order, and how many are there. */
export interface Sink {
  readonly received: number;
  write(chunk: Uint8Array): Promise<void>;
}

/**
 * Downloads what `sink` lacks of the file.
 * @throws BertletError `unavailable` if the connection keeps breaking; what has arrived stays in the sink
 */
export async function fill(sink: Sink, file: HubFile, open: OpenDownload): Promise<void> {
  for (let attempt = 1; sink.received < file.size; attempt++) {
    try {
      await receive(sink, file, await open(file, sink.received));
    } catch (cause) {
      if (cause instanceof BertletError) throw cause;
      if (attempt === ATTEMPTS) throw broken(file, sink.received, cause);
    }
  }
}

async function receive(sink: Sink, file: HubFile, stream: ReadableStream<Uint8Array>): Promise<void> {
  for await (const chunk of stream) {
    // A server that ignores ranges sends too much; the checksum catches that.
    await sink.write(chunk.subarray(0, file.size - sink.received));
    if (sink.received >= file.size) return;
  }
  if (sink.received < file.size) throw new Error("the connection was closed early");
}

/** The whole file, in memory. */
export async function download(file: HubFile, open: OpenDownload): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.size);
  let received = 0;
  const sink: Sink = {
    get received() {
      return received;
    },
    async write(chunk) {
      bytes.set(chunk, received);
      received += chunk.byteLength;
    },
  };
  await fill(sink, file, open);
  return bytes;
}

/** @throws BertletError `invalid_checkpoint` when the bytes are not what the Hub says */
export async function verify({ name, size, digest }: HubFile, bytes: Uint8Array): Promise<void> {
  const prefix = new TextEncoder().encode(digest.algorithm === "git" ? `blob ${size}\0` : "");
  const hashed = await new Blob([prefix, bytes as Uint8Array<ArrayBuffer>]).arrayBuffer();
  const hash = await crypto.subtle.digest(digest.algorithm === "git" ? "SHA-1" : "SHA-256", hashed);
  if (hexadecimal(hash) !== digest.hex) {
    throw new BertletError(
      "invalid_checkpoint",
      `${name} arrived damaged: its checksum is not the Hub's ${digest.hex}`,
    );
  }
}

function broken({ name, size }: HubFile, received: number, cause: unknown): BertletError {
  return new BertletError(
    "unavailable",
    `the download of ${name} broke off after ${received} of ${size} bytes; trying again goes on from there`,
    { cause },
  );
}
