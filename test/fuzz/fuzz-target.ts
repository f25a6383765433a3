// Every target by its name: files of a format, or requests.
import type { Random } from "./damage.ts";
import { DATA_TARGETS, openDataTarget } from "./labelled-data.ts";
import type { Outcome } from "./outcome.ts";
import { fuzzRequests } from "./requests/requests.ts";
import { FILE_TARGETS, fuzzFiles, openTarget } from "./targets.ts";

export const TARGET_NAMES: readonly string[] = [...FILE_TARGETS, ...DATA_TARGETS, "requests"];

/** @throws Error for the first file or request that ends otherwise than it may, or for an unknown name */
export async function fuzzTarget(
  name: string,
  count: number,
  random: Random,
  progress?: (done: number) => void,
): Promise<Outcome> {
  if (name === "requests") return fuzzRequests(count, random, progress);
  const target = await (DATA_TARGETS.includes(name) ? openDataTarget(name) : openTarget(name));
  return fuzzFiles(target, count, random, progress);
}
