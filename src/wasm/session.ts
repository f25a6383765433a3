// The one interface to the numbers, after InferenceSession of onnxruntime-common. Engines implement it; heads use nothing else.
import type { Tensor } from "onnxruntime-common";

/** Tensors by input name: input_ids, attention_mask, token_type_ids, each [batch, length]. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** Names of the outputs to compute; as in ONNX Runtime, an object whose keys are the names will do too. */
export type Fetches = readonly string[] | Readonly<Record<string, Tensor | null>>;

/** A loaded model that answers `run`. */
export interface InferenceSession {
  readonly inputNames: readonly string[];
  /** What can be fetched, in the order in which a run without `fetches` returns it. */
  readonly outputNames: readonly string[];
  /**
   * Computes the outputs named in `fetches` (all of `outputNames` when left out) and nothing else.
   * @throws BertletError `invalid_input` for feeds or fetches that do not fit, `input_too_large` for what the memory cannot hold
   */
  run(feeds: Feeds, fetches?: Fetches): Promise<Record<string, Tensor>>;
  /** Frees the memory; a run after it throws. */
  release(): Promise<void>;
  /** Bytes of wasm memory: now held, and the most that the session may take. */
  readonly memory: { readonly bytes: number; readonly maximum: number };
}

/** The session, whose runs go through `run`; all else is its own. */
export function withRun(session: InferenceSession, run: InferenceSession["run"]): InferenceSession {
  const { inputNames, outputNames } = session;
  return {
    inputNames,
    outputNames,
    run,
    release: () => session.release(),
    get memory() {
      return session.memory;
    },
  };
}

/** The names in `fetches`, whichever form they came in. */
export function fetchNames(fetches: Fetches | undefined, all: readonly string[]): readonly string[] {
  if (fetches === undefined) return all;
  return Array.isArray(fetches) ? fetches : Object.keys(fetches);
}
