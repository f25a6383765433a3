// Heads that are taught to a model that is loaded already: they read the pooled vectors of the very pass that answers the model's own heads.
//
// Letters: H hidden size, K labels.
import type { HeadSpec } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { rowOf } from "../heads/outputs.ts";
import { Tensor } from "../tensor.ts";
import { fetchNames, type InferenceSession, withRun } from "../wasm/session.ts";
import type { LoadedModel } from "./loaded-model.ts";

/** A linear classifier of pooled vectors at length 1. */
export interface TaughtHead {
  /** Its one output is `logits`. */
  readonly spec: HeadSpec;
  /** [K][H] */
  readonly weight: Float32Array;
  /** [K] */
  readonly bias: Float32Array;
}

/** Called with the logits [K] of every text that a taught head reads. */
export type LogitsListener = (head: TaughtHead, logits: Float32Array) => void;

/**
 * The model with these heads, its last ones. A head whose name the model has already is left out.
 * @throws BertletError `conflict` for a head of another width than the model's
 * @example
 * const model = withTaughtHeads(await loadPacked(file), [{ spec, weight, bias }]);
 * await answerHeads(model, ["late again"], ["sentiment", spec.name]); // one pass of the encoder
 */
export function withTaughtHeads(
  model: LoadedModel,
  heads: readonly TaughtHead[],
  listen?: LogitsListener,
): LoadedModel {
  const added = heads.filter(({ spec }) => !model.heads.some(({ name }) => name === spec.name));
  if (added.length === 0) return model;
  const { hidden_size: H } = model.config;
  for (const { spec, weight, bias } of added)
    if (weight.length !== bias.length * H)
      throw new BertletError("conflict", `head ${spec.name} was taught to a model of another size`);
  const byOutput = new Map(added.map((head) => [`${head.spec.name}.logits`, head]));
  const session = withRun(model.session, async (feeds, fetches, options) => {
    const names = fetchNames(fetches, model.session.outputNames);
    const sources = names.map((name) => sourceOf(byOutput.get(name)) ?? name);
    const outputs = await model.session.run(feeds, [...new Set(sources)], options);
    return Object.fromEntries(
      names.map((name, i) => {
        const [head, source] = [byOutput.get(name), outputs[sources[i]!]!];
        return [name, head ? logitsOf(head, source, listen) : source];
      }),
    );
  });
  return { ...model, session, heads: [...model.heads, ...added.map(({ spec }) => spec)] };
}

/** The output of the model that the head reads. */
function sourceOf(head: TaughtHead | undefined): string | undefined {
  return head && `pooled.${head.spec.outputs[0]!.from}`;
}

type Output = Awaited<ReturnType<InferenceSession["run"]>>[string];

/** [rows][K] from pooled vectors [rows][H]. */
function logitsOf(head: TaughtHead, pooled: Output, listen?: LogitsListener): Tensor {
  const { weight, bias } = head;
  const [count, H] = pooled.dims as [number, number];
  const K = bias.length;
  const all = new Float32Array(count * K);
  for (let row = 0; row < count; row++) {
    const x = rowOf(pooled, row);
    let squares = 0;
    for (let h = 0; h < H; h++) squares += x[h]! * x[h]!;
    // Of the vector at length 1; one of zeros stays as it is.
    const scale = squares === 0 ? 1 : 1 / Math.sqrt(squares);
    const logits = all.subarray(row * K, (row + 1) * K);
    for (let k = 0; k < K; k++) {
      let product = 0;
      for (let h = 0; h < H; h++) product += weight[k * H + h]! * x[h]!;
      logits[k] = bias[k]! + scale * product;
    }
    listen?.(head, logits);
  }
  return new Tensor("float32", all, [count, K]);
}
