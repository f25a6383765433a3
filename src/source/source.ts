// Where a model's files come from: a folder, files already in memory, a URL, or the Hub. It reads names to bytes and knows nothing of
// formats.
import { openHub } from "#hub";
import { BertletError } from "../errors.ts";
import { type HubOptions, isHubId } from "./hub.ts";
import { fetchFile, isUrl, openUrl } from "./url.ts";

/** A set of named files. */
export interface ModelSource {
  /** The file's bytes, or undefined where there is no such file. A name never leads out of the source. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** The names of all files, with `/` between folders. */
  list(): Promise<string[]>;
}

/** A folder's path (Node, Bun, Deno) or URL, a Hub id, files by name, or a source of the caller's own. */
export type ModelSourceLike =
  | string
  | ModelSource
  | ReadonlyMap<string, Uint8Array>
  | Readonly<Record<string, Uint8Array>>;

/**
 * A text is a URL, else a folder where there is one, else a Hub id (`owner/name` or `name`).
 * @throws BertletError `not_found` for a folder or a model that does not exist or cannot be reached
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

/** Reads a file that must be there. */
export async function readRequired(source: ModelSource, name: string): Promise<Uint8Array> {
  const bytes = await source.read(name);
  if (!bytes) throw new BertletError("not_found", `${name} is missing`);
  return bytes;
}

/** Reads and parses a JSON file; undefined where there is no such file. The value is unknown until a schema has seen it. */
export async function readJson(source: ModelSource, name: string): Promise<unknown> {
  const bytes = await source.read(name);
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BertletError("invalid_checkpoint", `${name} is not valid JSON`, { cause });
  }
}

function isModelSource(source: Exclude<ModelSourceLike, string>): source is ModelSource {
  return "read" in source && typeof source.read === "function";
}

function fromFiles(files: ReadonlyMap<string, Uint8Array>): ModelSource {
  return { read: async (name) => files.get(name), list: async () => [...files.keys()] };
}

/**
 * The bytes of a text that names one packed file (by its path or URL, which ends in `.safetensors`); undefined for any other text.
 * @throws BertletError `not_found` when it is not there
 */
export async function openPackedFile(
  path: string,
  options: HubOptions = {},
): Promise<Uint8Array | ReadableStream<Uint8Array> | undefined> {
  if (!path.endsWith(".safetensors")) return undefined;
  if (isUrl(path)) return fetchFile(path, options);
  const { readFile } = await import("node:fs/promises");
  const bytes = await readFile(path).catch(absent);
  if (!bytes) throw new BertletError("not_found", `there is no file ${path}`);
  return bytes;
}

async function isFolder(path: string): Promise<boolean> {
  const { stat } = await import("node:fs/promises");
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() ?? false;
}

/** A folder of the file system. @throws BertletError `not_found` */
export async function openFolder(path: string): Promise<ModelSource> {
  const { readdir, readFile } = await import("node:fs/promises");
  const { relative } = await import("node:path");
  if (!(await isFolder(path))) throw new BertletError("not_found", `there is no folder ${path}`);
  return {
    read: async (name) => {
      if (OUTSIDE.test(name))
        throw new BertletError("invalid_input", `${name} is not the name of a file in the folder`);
      return readFile(`${path}/${name}`).catch(absent);
    },
    list: async () => {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => !entry.isDirectory());
      return files.map(({ parentPath, name }) => relative(path, `${parentPath}/${name}`).replaceAll("\\", "/"));
    },
  };
}

// Names that would lead out of the folder, and those that no file system takes.
const OUTSIDE = /(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[A-Za-z]:|\0/;

function absent(error: NodeJS.ErrnoException): undefined {
  if (!["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code ?? "")) throw error;
}
