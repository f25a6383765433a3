// Messages between the page and its worker, and the shape of a request and its answer in either mode.
import type { ModelInfo } from "./description.ts";

/** A request, whether the API or the browser answers it. */
export interface TaskRequest {
  readonly path: string;
  readonly body: unknown;
}

export interface TaskResponse {
  /** 0 if no response arrived. */
  readonly status: number;
  readonly body: unknown;
  /** HIT or MISS; null if the answer did not pass a cache. */
  readonly cache?: string | null;
  /** Milliseconds in the model. */
  readonly modelMs?: number | undefined;
  /** Tokens that the model read. */
  readonly tokens?: number | undefined;
  /** Texts, or pairs, that were truncated. */
  readonly truncated?: number | undefined;
}

/** Page to worker. */
export interface Question extends TaskRequest {
  readonly id: number;
}

/** Worker to page: the download's progress and result, and answers. */
export type Message =
  | { readonly kind: "progress"; readonly loaded: number; readonly total: number }
  | { readonly kind: "ready"; readonly model: ModelInfo }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "answer"; readonly id: number; readonly response: TaskResponse };

/** Sends a message from the worker to the page. */
export function send(message: Message): void {
  postMessage(message);
}
