// Which file a family reads: its own framework's first, and every other that the runtime reads after it.
import { DEFAULT_FORMATS } from "#formats";
import type { CheckpointFormat } from "../checkpoint/formats.ts";
import type { HeadOptions } from "./model.ts";

/** The options with `own` before the other formats; formats that a caller names stay. */
export function preferring(own: CheckpointFormat, options: HeadOptions = {}): HeadOptions {
  const others = DEFAULT_FORMATS.filter((format) => format !== own);
  return { formats: [own, ...others], ...options };
}
