// What the page and its worker say to each other.

/** A request to the API, wherever it is answered. */
export interface ApiRequest {
  readonly path: string;
  readonly body: unknown;
}

/** Its answer. */
export interface ApiResponse {
  readonly status: number;
  /** Of the answer's headers, those that the page shows. */
  readonly cache: string | null;
  readonly timing: string | null;
  readonly body: unknown;
}

/** Page to worker. */
export interface Question extends ApiRequest {
  readonly id: number;
}

/** Worker to page: the model as it comes, whether it is there, and answers. */
export type Message =
  | { readonly kind: "progress"; readonly loaded: number; readonly total: number }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "answer"; readonly id: number; readonly response: ApiResponse };

/** For the worker. */
export function tell(message: Message): void {
  postMessage(message);
}
