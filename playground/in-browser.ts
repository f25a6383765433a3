// The model in this browser: starts the worker that holds it, tells how far its download is, and passes requests on.
import type { ApiRequest, ApiResponse, Message, Question } from "./messages.ts";

/** Bytes that have come, and that will. */
export type Progress = (loaded: number, total: number) => void;

export class InBrowser {
  readonly #worker = new Worker("/worker.js", { type: "module", name: "bertlet" });
  readonly #answers = new Map<number, (response: ApiResponse) => void>();
  #next = 0;

  private constructor() {}

  /** @throws Error that says why the model could not be loaded; `signal` stops the download */
  static load(progress: Progress, signal: AbortSignal): Promise<InBrowser> {
    const model = new InBrowser();
    const { promise, resolve, reject } = Promise.withResolvers<InBrowser>();
    const fail = (error: Error) => {
      model.#worker.terminate();
      reject(error);
    };
    signal.addEventListener("abort", () => fail(new Error("stopped")));
    model.#worker.addEventListener("error", (event) => fail(new Error(event.message || "the worker does not start")));
    model.#worker.addEventListener("message", ({ data }: MessageEvent<Message>) => {
      if (data.kind === "progress") progress(data.loaded, data.total);
      if (data.kind === "ready") resolve(model);
      if (data.kind === "failed") fail(new Error(data.error));
      if (data.kind === "answer") model.#settle(data.id, data.response);
    });
    return promise;
  }

  ask(request: ApiRequest): Promise<ApiResponse> {
    const { promise, resolve } = Promise.withResolvers<ApiResponse>();
    const id = this.#next++;
    this.#answers.set(id, resolve);
    this.#worker.postMessage({ id, ...request } satisfies Question);
    return promise;
  }

  #settle(id: number, response: ApiResponse): void {
    this.#answers.get(id)?.(response);
    this.#answers.delete(id);
  }
}
