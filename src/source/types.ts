// What a source of a model's files is.

/** A set of named files. */
export interface ModelSource {
  /** The file's bytes, or undefined if it does not exist. A name never leads out of the source. */
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
