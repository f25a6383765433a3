// Which file a family reads: its own framework's first, then every other that the runtime reads.
import { DEFAULT_FORMATS } from "#formats";
import type { CheckpointFormat } from "../checkpoint/formats.ts";
import type { PretrainedOptions } from "./load-pretrained.ts";

/** The options with `own` before the other formats; formats that the caller names stay. */
export function preferring(own: CheckpointFormat | undefined, options: PretrainedOptions): PretrainedOptions {
  if (!own) return options;
  const others = DEFAULT_FORMATS.filter((format) => format !== own);
  return { ...options, formats: options.formats ?? [own, ...others] };
}
