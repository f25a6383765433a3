// A model loaded once for an isolate, however many requests ask for it at the same time. A failure is not kept: the next request tries
// again.
import type { Pretrained } from "../heads/pretrained.ts";
import { RequestError } from "./errors.ts";

/** Gives the model; every call gives the same one. */
export type ModelLoader = () => Promise<Pretrained>;

/**
 * @throws RequestError (from the loader) `model_unavailable`; the reason is logged, for it is the operator's, not the client's
 * @example
 * const model = loadOnce(() => loadPretrained(bytes));
 */
export function loadOnce(load: () => Promise<Pretrained>): ModelLoader {
  let loading: Promise<Pretrained> | undefined;
  return () => {
    loading ??= load().catch((cause: unknown) => {
      loading = undefined;
      console.error("the model could not be loaded:", cause);
      throw new RequestError("model_unavailable", "the model could not be loaded", { cause });
    });
    return loading;
  };
}
