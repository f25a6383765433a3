// The model in this browser: starts the worker that holds it, reports the download's progress, and forwards requests.
import type { Description, ModelInfo } from "./description.ts";
import type { Message, Question, TaskRequest, TaskResponse } from "./messages.ts";

/** Called with the bytes downloaded so far, and their total. */
export type Progress = (loaded: number, total: number) => void;

export class InBrowser {
  readonly #worker = new Worker("/worker.js", { type: "module", name: "bertlet" });
  readonly #answers = new Map<number, (response: TaskResponse) => void>();
  #model: ModelInfo | undefined;
  #next = 0;

  private constructor() {}

  /**
   * @param signal cancels the download
   * @throws Error that says why the model could not be loaded; the signal's reason if it was aborted
   */
  static load(progress: Progress, signal: AbortSignal): Promise<InBrowser> {
    const model = new InBrowser();
    const { promise, resolve, reject } = Promise.withResolvers<InBrowser>();
    const fail = (error: Error) => {
      model.#worker.terminate();
      reject(error);
    };
    signal.addEventListener("abort", () => fail(signal.reason));
    model.#worker.addEventListener("error", (event) => fail(new Error(event.message || "the worker did not start")));
    model.#worker.addEventListener("message", ({ data }: MessageEvent<Message>) => {
      if (data.kind === "progress") progress(data.loaded, data.total);
      if (data.kind === "failed") fail(new Error(data.error));
      if (data.kind === "answer") model.#settle(data.id, data.response);
      if (data.kind === "ready") {
        model.#model = data.model;
        resolve(model);
      }
    });
    return promise;
  }

  /** The worker answers every task. */
  get description(): Description {
    return { model: this.#model, paths: undefined, key: "none" };
  }

  ask(request: TaskRequest): Promise<TaskResponse> {
    const { promise, resolve } = Promise.withResolvers<TaskResponse>();
    const id = this.#next++;
    this.#answers.set(id, resolve);
    this.#worker.postMessage({ id, ...request } satisfies Question);
    return promise;
  }

  #settle(id: number, response: TaskResponse): void {
    this.#answers.get(id)?.(response);
    this.#answers.delete(id);
  }
}
