// What the pool and its threads say to each other: values that the structured clone of postMessage keeps.
import { BertletError, type ErrorType } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import type { KernelBuild } from "../wasm/kernels/abi.ts";
import type { Feeds, InferenceSession } from "../wasm/session.ts";

/** What a thread begins with. */
export interface ThreadData {
  /** The packed model, which all threads read from the same memory. */
  readonly model: Uint8Array;
  readonly options: { readonly build?: KernelBuild; readonly maximumMemory?: number };
}

/** A run that a thread is asked for; it is asked for one at a time. */
export interface RunMessage {
  readonly feeds: Feeds;
  readonly fetches: readonly string[];
}

/** What a thread answers: that its model is loaded, the outputs of a run, or what went wrong. */
export type ThreadMessage =
  | { readonly outputs: Readonly<Record<string, Tensor>>; readonly memory: InferenceSession["memory"] }
  | { readonly failure: Failure };

/** An error as data. */
export interface Failure {
  /** Undefined for an error that is not the library's own. */
  readonly type: ErrorType | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

export function toFailure(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { type: error instanceof BertletError ? (error.type as ErrorType) : undefined, message, stack };
}

/** The error that a thread threw, with the stack that it had there. */
export function fromFailure({ type, message, stack }: Failure): Error {
  const error = type ? new BertletError(type, message) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** A clone has the fields of a tensor, and not its class. */
export function toTensors(clones: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(clones).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]),
  );
}
