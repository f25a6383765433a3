// Opens what a caller names as a model: a folder, files in memory, a URL or a Hub id.
import { isFolder, openFolder, readOptional } from "#folder";
import { openHub } from "#hub";
import { BertletError } from "../errors.ts";
import { type HubOptions, isHubId } from "./hub.ts";
import type { ModelSource, ModelSourceLike } from "./types.ts";
import { fetchFile, isUrl, openUrl } from "./url.ts";

export type { ModelSource, ModelSourceLike } from "./types.ts";

/**
 * A text is a URL, else a folder if one exists, else a Hub id (`owner/name` or `name`).
 * @throws BertletError `not_found` for a folder or model that does not exist, `unavailable` if a network or a server fails
 * @example
 * const source = await openSource({ "config.json": new TextEncoder().encode("{}") });
 * await source.list(); // ["config.json"]
 */
export async function openSource(source: ModelSourceLike, options: HubOptions = {}): Promise<ModelSource> {
  if (typeof source === "string") {
    if (isUrl(source)) return openUrl(source, options);
    if (isHubId(source) && !(await isFolder(source))) return openHub(source, options);
    return openFolder(source);
  }
  if (isModelSource(source)) return source;
  return fromFiles(source instanceof Map ? source : new Map(Object.entries(source)));
}

/** Reads a file that must exist. @throws BertletError `not_found` */
export async function readRequired(source: ModelSource, name: string): Promise<Uint8Array> {
  const bytes = await source.read(name);
  if (!bytes) throw new BertletError("not_found", `${name} is missing`);
  return bytes;
}

/** Reads and parses a JSON file; undefined if it does not exist. @throws BertletError `invalid_checkpoint` */
export async function readJson(source: ModelSource, name: string): Promise<unknown> {
  const bytes = await source.read(name);
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BertletError("invalid_checkpoint", `${name} is not valid JSON`, { cause });
  }
}

/**
 * The bytes of a text that names one packed file (a path or URL that ends in `.safetensors`); undefined for any other text.
 * @throws BertletError `not_found` for a file that does not exist
 */
export async function openPackedFile(
  path: string,
  options: HubOptions = {},
): Promise<Uint8Array | ReadableStream<Uint8Array> | undefined> {
  if (!path.endsWith(".safetensors")) return undefined;
  if (isUrl(path)) return fetchFile(path, options);
  const bytes = await readOptional(path);
  if (!bytes) throw new BertletError("not_found", `there is no file ${path}`);
  return bytes;
}

function isModelSource(source: Exclude<ModelSourceLike, string>): source is ModelSource {
  return "read" in source && typeof source.read === "function";
}

function fromFiles(files: ReadonlyMap<string, Uint8Array>): ModelSource {
  return { read: async (name) => files.get(name), list: async () => [...files.keys()] };
}
