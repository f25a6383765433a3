// A folder of the file system as a source. In Workers folder.workerd.ts replaces this file (package.json, `#folder`).
import { BertletError } from "../errors.ts";
import type { ModelSource } from "./types.ts";

// Names that would lead out of the folder, and those that no file system accepts.
const OUTSIDE = /(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[A-Za-z]:|\0/;

/** @throws BertletError `not_found` for a folder that does not exist; `invalid_input` (from `read`) for a name that leads out of it */
export async function openFolder(path: string): Promise<ModelSource> {
  const { readdir } = await import("node:fs/promises");
  const { relative } = await import("node:path");
  if (!(await isFolder(path))) throw new BertletError("not_found", `there is no folder ${path}`);
  return {
    read: async (name) => {
      if (OUTSIDE.test(name))
        throw new BertletError("invalid_input", `${name} is not the name of a file in the folder`);
      return readOptional(`${path}/${name}`);
    },
    list: async () => {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => !entry.isDirectory());
      return files.map(({ parentPath, name }) => relative(path, `${parentPath}/${name}`).replaceAll("\\", "/"));
    },
  };
}

export async function isFolder(path: string): Promise<boolean> {
  const { stat } = await import("node:fs/promises");
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() ?? false;
}

/** A file's bytes; undefined if it does not exist. */
export async function readOptional(path: string): Promise<Uint8Array | undefined> {
  const { readFile } = await import("node:fs/promises");
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (!["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code ?? "")) throw error;
    return undefined;
  });
}
