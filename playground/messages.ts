// The messages between the page and its worker.

/** A request to the API, wherever it is answered. */
export interface ApiRequest {
  readonly path: string;
  readonly body: unknown;
}

/** Its answer. */
export interface ApiResponse {
  readonly status: number;
  /** The response headers that the page shows. */
  readonly cache: string | null;
  readonly timing: string | null;
  readonly body: unknown;
}

/** Page to worker. */
export interface Question extends ApiRequest {
  readonly id: number;
}

/** Worker to page: progress of the download, its end, and answers. */
export type Message =
  | { readonly kind: "progress"; readonly loaded: number; readonly total: number }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "answer"; readonly id: number; readonly response: ApiResponse };

/** Sends a message from the worker to the page. */
export function send(message: Message): void {
  postMessage(message);
}
