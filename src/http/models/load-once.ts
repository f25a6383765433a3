// A model loaded once per isolate, however many requests ask for it at the same time. A failure is not kept: the next request tries again. A
// load that hangs does not block the others: the request that began it may have ended, and its work with it.
import { waitUntil } from "#runtime";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { RequestError } from "../errors.ts";

// How long a request waits for a load that another one began before it begins its own.
const TIMEOUT_MILLISECONDS = 15_000;

/**
 * @throws RequestError (from the loader) `model_unavailable`; the reason is logged, because it concerns the operator and not the client
 * @example
 * const model = loadOnce(() => loadPretrained(bytes));
 */
export function loadOnce(load: () => Promise<LoadedModel>, timeout = TIMEOUT_MILLISECONDS): () => Promise<LoadedModel> {
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
    // In a Worker, a client that goes away takes its request's work with it unless waitUntil keeps it.
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
    const model = (await within(others, timeout)) ?? loaded;
    return model ?? (loading === others ? start() : (loading ?? start()));
  };
}

/** The promise's value, or undefined if it takes too long. */
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
