// The one interface to the numbers, after InferenceSession of onnxruntime-common. Engines implement it; heads use nothing else.
//
// Letters: H hidden size, A attention heads.
import type { Tensor } from "../tensor.ts";
import type { EncodedText } from "./encoded-text.ts";
import type { KeyValues } from "./key-values.ts";

/**
 * Tensors by input name. Padded: `input_ids`, `attention_mask`, `token_type_ids`, `position_ids`, each int32 or int64 [batch, length];
 * ones, zeros and 0, 1, 2, … stand in for those left out. Ragged: the same as [tokens], without a mask, and `row_starts` [batch + 1].
 * `inputs_embeds` float32 [batch, length, H] or [tokens, H] may stand for `input_ids`. With `output_tokens` [n], flat indices of tokens,
 * outputs with one row per token have those n rows alone. A decoder with cross-attention takes `encoder_hidden_states` float32
 * [batch, S, H], and `encoder_attention_mask` [batch, S], too.
 */
export type Feeds = Readonly<Record<string, Tensor>>;

/**
 * Names of the outputs to compute; as in ONNX Runtime, an object whose keys are the names will do, too. All of one call come from one pass
 * of the encoder:
 * - `last_hidden_state`, `hidden_states.<n>` (0: the embedding) [batch, length, H]; `attentions.<n>` [batch, A, length, length]
 * - `cross_attentions.<n>` [batch, A, length, S], of a decoder that is given `encoder_hidden_states`
 * - `pooler_output` [batch, H], of a model with a pooler
 * - `<head>.<output>`: [batch, size], or [batch, length, size] of heads that read every token
 * - `sentence_embedding` [batch, width]: one vector per text, pooled, projected and normalised as the model's file says
 * - `pooled.<mode>` [batch, H]: the pooled hidden states as they are, for a pooling other than the model's own: `cls`, `lasttoken`,
 *   `max`, `mean`, `mean_sqrt_len_tokens` or `weightedmean`
 *
 * With ragged feeds [batch, length] becomes [tokens], with `output_tokens` [n].
 */
export type Fetches = readonly string[] | Readonly<Record<string, Tensor | null>>;

/** How a run is carried out. */
export interface RunOptions {
  /**
   * Awaited between two groups of rows, for the caller to let others run, or to stop the run by throwing. The session may run something else
   * meanwhile. An engine that computes a batch in one piece does not call it.
   */
  readonly between?: (() => Promise<void>) | undefined;
  /**
   * Of a decoder, one per ragged row: where the run leaves the keys and values of the row's tokens. The row goes on after the tokens that are in
   * there already, which its feeds leave out.
   */
  readonly keyValues?: readonly KeyValues[] | undefined;
  /** Of a decoder that takes `encoder_hidden_states`, in place of them: the encoded text of each row, which several may share. */
  readonly encoded?: readonly EncodedText[] | undefined;
}

/** A loaded model that answers `run`. */
export interface InferenceSession {
  readonly inputNames: readonly string[];
  /** What can be fetched, in the order in which a run without `fetches` returns it. */
  readonly outputNames: readonly string[];
  /** What {@link RunOptions.keyValues} belong to, the same for all wrappers of a session; undefined for one that takes none. */
  readonly keyValuesOf?: object | undefined;
  /**
   * Computes the outputs named in `fetches` (all of `outputNames` when left out) and nothing else.
   * @throws BertletError `invalid_input` for feeds or fetches that do not fit, `input_too_large` for what the memory cannot hold
   */
  run(feeds: Feeds, fetches?: Fetches, options?: RunOptions): Promise<Record<string, Tensor>>;
  /** Frees the memory; a run after it throws. */
  release(): Promise<void>;
  /** Bytes of wasm memory: now held, and the most that the session may take. */
  readonly memory: { readonly bytes: number; readonly maximum: number };
}

/** The session with another `run`. */
export function withRun(session: InferenceSession, run: InferenceSession["run"]): InferenceSession {
  const { inputNames, outputNames, keyValuesOf } = session;
  return {
    inputNames,
    outputNames,
    keyValuesOf,
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
