// Where a model's files come from: a folder, or files already in memory. It reads names to bytes and knows nothing of formats.
import { BertletError } from "./errors.ts";

/** A set of named files. */
export interface ModelSource {
  /** The file's bytes, or undefined where there is no such file. A name never leads out of the source. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** The names of all files, with `/` between folders. */
  list(): Promise<string[]>;
}

/** A folder's path (Node, Bun, Deno), files by name, or a source of the caller's own. */
export type ModelSourceLike =
  | string
  | ModelSource
  | ReadonlyMap<string, Uint8Array>
  | Readonly<Record<string, Uint8Array>>;

/**
 * @throws BertletError `not_found` for a folder that does not exist
 * @example
 * const source = await openSource({ "config.json": new TextEncoder().encode("{}") });
 * await source.list(); // ["config.json"]
 */
export async function openSource(source: ModelSourceLike): Promise<ModelSource> {
  if (typeof source === "string") return openFolder(source);
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

async function openFolder(path: string): Promise<ModelSource> {
  const { readdir, readFile, stat } = await import("node:fs/promises");
  const { relative } = await import("node:path");
  const info = await stat(path).catch(() => undefined);
  if (!info?.isDirectory()) throw new BertletError("not_found", `there is no folder ${path}`);
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
