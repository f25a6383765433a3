// A model loaded once per isolate, however many requests ask for it at the same time. A failure is not kept: the next request tries again. A
// load that hangs does not block the others: the request that began it may have ended, and its work with it.
import { waitUntil } from "#runtime";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { RequestError } from "../errors.ts";

// A load of which nothing has been heard for so long is given up, and another one begins.
const PATIENCE_MILLISECONDS = 15_000;
const UNLOADED = "the model could not be loaded";

/**
 * @param load calls `heard` for every piece that arrives, however slowly; the call throws once another load has taken its place
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
  /** When a load of which nothing more is heard is given up. */
  let until: number;

  const start = (): Promise<LoadedModel> => {
    const heard = () => {
      if (loading !== attempt) throw failed();
      until = Date.now() + patience;
    };
    const attempt = load(heard)
      .then((model) => {
        loaded = model;
        return model;
      })
      .catch((cause: unknown) => {
        if (loading === attempt) loading = undefined;
        if (cause instanceof RequestError) throw cause;
        console.error(UNLOADED, cause);
        throw failed(cause);
      });
    loading = attempt;
    heard();
    // In a Worker, a client that goes away takes its request's work with it unless waitUntil keeps it.
    waitUntil(attempt.catch(() => {}));
    return attempt;
  };

  return async () => {
    while (!loaded && loading) {
      const others = loading;
      await within(others, until - Date.now());
      if (loading === others && until <= Date.now()) loading = undefined;
    }
    return loaded ?? start();
  };
}

function failed(cause?: unknown): RequestError {
  return new RequestError("model_unavailable", UNLOADED, { cause });
}

/** Waits for the promise, but not longer than that. */
async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
