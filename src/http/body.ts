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
  const coding = context.req.header("content-encoding")?.trim().toLowerCase() || "identity";
  const format = CODINGS.get(coding);
  if (!format && coding !== "identity") {
    context.header("Accept-Encoding", ACCEPTED);
    throw new RequestError("unsupported_media_type", `the content coding must be one of ${ACCEPTED}, not ${coding}`);
  }
  if (Number(context.req.header("content-length")) > LIMITS.body_bytes) throw bodyTooLarge();
  const { body } = context.req.raw;
  return context.var.scope.receive(async (count) => {
    const sent = await inTime(body, (reader) => readStream(reader, count));
    return format ? decompress(sent, format, count) : sent;
  });
}

function decompress(
  bytes: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
  count: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  return inTime(stream, (reader) => readStream(reader, count)).catch((cause: unknown) => {
    if (cause instanceof RequestError) throw cause;
    throw new RequestError("invalid_json", `the body is not ${format} data`, { cause });
  });
}

/** @throws RequestError `request_timeout` when a body is not there in time */
async function inTime<T>(
  body: ReadableStream<Uint8Array> | null,
  read: (reader: ReadableStreamDefaultReader<Uint8Array> | undefined) => Promise<T>,
): Promise<T> {
  const reader = body?.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `the body did not arrive within ${LIMITS.body_seconds} seconds`;
    timer = setTimeout(() => reject(new RequestError("request_timeout", message)), 1000 * LIMITS.body_seconds);
  });
  try {
    return await Promise.race([read(reader), late]);
  } catch (error) {
    void reader?.cancel().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** All of a stream's bytes. Stops at the limit of a body, whatever more would come. */
async function readStream(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
  count: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    length += piece.value.byteLength;
    if (length > LIMITS.body_bytes) throw bodyTooLarge();
    count(piece.value.byteLength);
    pieces.push(piece.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

/** The error for a body over the limit, decoded or as it was sent. */
export function bodyTooLarge(): RequestError {
  return new RequestError("input_too_large", `the body is over ${LIMITS.body_bytes} bytes`);
}
