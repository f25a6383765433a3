// A folder within a model's source, as a source of its own.
import type { ModelSource } from "../source/source.ts";

/** The files under `path`, by their names in it. @param path without a slash at its end; "" is the source itself */
export function subfolder(source: ModelSource, path: string): ModelSource {
  if (path === "") return source;
  const prefix = `${path}/`;
  return {
    read: (name) => source.read(prefix + name),
    list: async () =>
      (await source.list()).flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])),
  };
}
