// Models on several threads, for the commands that have --threads.
import { loadPretrained, type PretrainedSource } from "../models/load-pretrained.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { loadPool } from "../pool/index.ts";
import { UsageError } from "./command.ts";

const MOST_THREADS = 256;

/** The option, for both commands. */
export const THREADS = {
  type: "string",
  value: "<n>",
  default: "1",
  summary: "how many threads run the model, each with its own copy of the weights",
} as const;

/** @throws UsageError for what is not a number of threads */
export function readThreads(text: string): number {
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return threads;
  throw new UsageError(`--threads is a whole number from 1 to ${MOST_THREADS}, and not ${text}`);
}

/** The model in this thread, or on a pool of several. */
export function loadOnThreads(source: PretrainedSource, threads: number): Promise<LoadedModel> {
  return threads === 1 ? loadPretrained(source) : loadPool(source, { threads });
}
