// Packed models from where Workers keep files: static assets, R2, KV. A file may be stored in parts, because assets and KV values hold at
// most 25 MiB; parts are streamed one after another. Bytes that differ from what the settings say end in an error.
import { Sha256 } from "#runtime";
import { BertletError } from "../../errors.ts";
import type { StoredModel } from "./settings.ts";

type Bytes = ReadableStream<Uint8Array>;
type Open = (part: string) => Promise<Bytes | null | undefined>;

/** The part of each kind of binding that is used. */
interface Assets {
  fetch(url: string): Promise<Response>;
}
interface Bucket {
  get(key: string): Promise<{ readonly body: Bytes } | null>;
}
interface KeyValues {
  get(key: string, type: "stream"): Promise<Bytes | null>;
}

const OPENERS: Record<StoredModel["from"], (binding: unknown) => Open> = {
  assets: (binding) => async (path) => {
    const response = await (binding as Assets).fetch(new URL(path, "https://assets.invalid").href);
    if (response.ok) return response.body;
    await response.body?.cancel();
    return null;
  },
  r2: (binding) => async (key) => (await (binding as Bucket).get(key))?.body,
  kv: (binding) => (key) => (binding as KeyValues).get(key, "stream"),
};

/**
 * The file's bytes. `heard` is called for every piece, and ends the stream by throwing. The stream fails with a BertletError before its end, `not_found` for a missing part and `invalid_checkpoint` for bytes
 * that are too few, too many or different: a reader that reached the end has read the right file.
 */
export function openStored(
  spec: StoredModel,
  environment: Readonly<Record<string, unknown>>,
  heard?: () => void,
): Bytes {
  return toStream(checked(joined(spec.parts, OPENERS[spec.from](environment[spec.binding])), spec, heard));
}

async function* joined(parts: readonly string[], open: Open): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const stream = await open(part);
    if (!stream) throw new BertletError("not_found", `there is no ${part}`);
    const reader = stream.getReader();
    try {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
    } finally {
      await reader.cancel().catch(() => {});
    }
  }
}

async function* checked(
  pieces: AsyncGenerator<Uint8Array>,
  { bytes, sha256 }: Pick<StoredModel, "bytes" | "sha256">,
  heard: (() => void) | undefined,
): AsyncGenerator<Uint8Array> {
  const hash = new Sha256();
  let count = 0;
  for await (const piece of pieces) {
    heard?.();
    count += piece.byteLength;
    if (count > bytes) throw damaged(`it has more than ${bytes} bytes`);
    await hash.update(piece);
    yield piece;
  }
  if (count < bytes) throw damaged(`it has ${count} of ${bytes} bytes`);
  const digest = await hash.digest();
  if (digest !== sha256) throw damaged(`its SHA-256 is ${digest}, not ${sha256}`);
}

function toStream(pieces: AsyncGenerator<Uint8Array>): Bytes {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

function damaged(why: string): BertletError {
  return new BertletError("invalid_checkpoint", `not the model that the settings name: ${why}`);
}
