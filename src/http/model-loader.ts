// A model loaded once for an isolate, however many requests ask for it at the same time. A failure is not kept: the next request tries
// again. Nor does a load that hangs hold everybody: the request that began it may have ended, and its work with it.
import { waitUntil } from "#runtime";
import type { LoadedModel } from "../models/loaded-model.ts";
import { RequestError } from "./errors.ts";

/** Gives a model: that of this name, or the one that the request chose; every call gives the same one. */
export interface ModelLoader {
  (name?: string): Promise<LoadedModel>;
  /** All names; undefined where there is one model, which goes by its own. */
  readonly names?: readonly string[];
}

// For how long a request believes in a load that another began.
const PATIENCE_MILLISECONDS = 15_000;

/**
 * @throws RequestError (from the loader) `model_unavailable`; the reason is logged, for it is the operator's, not the client's
 * @example
 * const model = loadOnce(() => loadPretrained(bytes));
 */
export function loadOnce(
  load: () => Promise<LoadedModel>,
  patience = PATIENCE_MILLISECONDS,
): () => Promise<LoadedModel> {
  let loading: Promise<LoadedModel> | undefined;
  let loaded: LoadedModel | undefined;

  const start = (): Promise<LoadedModel> => {
    const attempt = load().then(keep, (cause: unknown) => {
      if (loading === attempt) loading = undefined;
      if (cause instanceof RequestError) throw cause;
      console.error("the model could not be loaded:", cause);
      throw new RequestError("model_unavailable", "the model could not be loaded", { cause });
    });
    loading = attempt;
    // In a Worker, a client that goes away takes its request's work with it, unless it is kept.
    waitUntil(attempt.catch(() => {}));
    return attempt;
  };

  const keep = (model: LoadedModel): LoadedModel => {
    loaded = model;
    return model;
  };

  return async () => {
    if (loaded) return loaded;
    const others = loading;
    if (!others) return start();
    const model = await within(others, patience);
    return model ?? (loading === others ? start() : (loading ?? start()));
  };
}

/** What the promise gives, or undefined when it takes too long. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
