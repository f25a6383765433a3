// A model loaded once per isolate, however many requests ask for it at the same time. A failure is not kept: the next request tries again. A
// load that hangs does not block the others: the request that began it may have ended, and its work with it.
import { waitUntil } from "#runtime";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { RequestError } from "../errors.ts";

// A load of which nothing has been heard for so long is given up, and another one begins.
const PATIENCE_MILLISECONDS = 15_000;

/**
 * @param load calls `heard` for every piece that arrives, however slowly; that throws once another load has taken its place
 * @throws RequestError (from the loader) `model_unavailable`; the reason is logged, because it concerns the operator and not the client
 * @example
 * const model = loadOnce(() => loadPretrained(bytes));
 */
export function loadOnce(
  load: (heard: () => void) => Promise<LoadedModel>,
  patience = PATIENCE_MILLISECONDS,
): () => Promise<LoadedModel> {
  let loading: Promise<LoadedModel> | undefined;
  let loaded: LoadedModel | undefined;
  let lastHeard: number;

  const start = (): Promise<LoadedModel> => {
    const heard = () => {
      if (loading !== attempt) throw new Error("another load has taken its place");
      lastHeard = Date.now();
    };
    const attempt = load(heard).then(keep, (cause: unknown) => {
      if (loading === attempt) loading = undefined;
      if (cause instanceof RequestError) throw cause;
      console.error("the model could not be loaded:", cause);
      throw new RequestError("model_unavailable", "the model could not be loaded", { cause });
    });
    loading = attempt;
    lastHeard = Date.now();
    // In a Worker, a client that goes away takes its request's work with it unless waitUntil keeps it.
    waitUntil(attempt.catch(() => {}));
    return attempt;
  };

  const keep = (model: LoadedModel): LoadedModel => {
    loaded = model;
    return model;
  };

  return async () => {
    while (!loaded && loading) {
      const others = loading;
      const left = () => lastHeard + patience - Date.now();
      await within(others, left());
      if (loading === others && left() <= 0) loading = undefined;
    }
    return loaded ?? start();
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
