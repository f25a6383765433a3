// Request bodies of bounded size: content codings are decoded, JSON is parsed. Checking the values is the schemas' work.
import type { Context } from "hono";
import { LIMITS } from "../tasks/limits.ts";
import { RequestError } from "./errors.ts";

/** @throws RequestError `unsupported_media_type`, `input_too_large` or `invalid_json` */
export async function readJson(context: Context): Promise<unknown> {
  const type = mediaType(context);
  if (type !== "application/json")
    throw new RequestError(
      "unsupported_media_type",
      `expected application/json, not ${type ?? "a body without a type"}`,
    );
  return parseJson(await readText(context));
}

/** The media type of the body, without its parameters. */
export function mediaType(context: Context): string | undefined {
  return context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
}

/**
 * The body's text, decoded from its content coding.
 * @throws RequestError `unsupported_media_type` for a coding that is not known, `input_too_large`, or `invalid_json` for what is not UTF-8
 */
export async function readText(context: Context): Promise<string> {
  const bytes = await readBytes(context);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RequestError("invalid_json", "the body is not UTF-8", { cause });
  }
}

/** The value of a JSON text, which may begin with a byte order mark. @throws RequestError `invalid_json` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new RequestError("invalid_json", "the body is not JSON", { cause });
  }
}

// Content codings by their names in HTTP. There, "deflate" means the zlib format, as it does to DecompressionStream.
const CODINGS: ReadonlyMap<string, CompressionFormat> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
]);
const ACCEPTED = "gzip, deflate";

async function readBytes(context: Context): Promise<Uint8Array<ArrayBuffer>> {
  const coding = context.req.header("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (coding === "identity" || coding === "") return new Uint8Array(await context.req.arrayBuffer());
  const format = CODINGS.get(coding);
  if (!format) {
    context.header("Accept-Encoding", ACCEPTED);
    throw new RequestError("unsupported_media_type", `the content coding must be one of ${ACCEPTED}, not ${coding}`);
  }
  return decompress(await context.req.arrayBuffer(), format);
}

/** Stops at the limit of a body, whatever the data would grow to. */
async function decompress(bytes: ArrayBuffer, format: CompressionFormat): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new RequestError("invalid_json", `the body is not ${format} data`, { cause });
    });
    if (done) return new Uint8Array(await new Blob(pieces).arrayBuffer());
    length += value.byteLength;
    if (length > LIMITS.body_bytes) {
      await reader.cancel().catch(() => {});
      throw bodyTooLarge();
    }
    pieces.push(value);
  }
}

/** The error for a body over the limit, decoded or as it was sent. */
export function bodyTooLarge(): RequestError {
  return new RequestError("input_too_large", `the body is over ${LIMITS.body_bytes} bytes`);
}
