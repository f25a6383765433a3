// A checkpoint → an ONNX graph that ONNX Runtime runs: the encoder as its spec says, named tensors in, the bytes of a .onnx file out. It
// reads no files and knows no task: heads are lists of steps.
//
// Letters: B texts, S tokens, H hidden, A heads, D head size, F feed-forward.
import type { EmbeddingSpec } from "../architectures/embedding-spec.ts";
import {
  biasTable,
  type EncoderSpec,
  hasTokenTypes,
  type Layer,
  layersOf,
  projectionOf,
  stateCount,
  tableLimit,
} from "../architectures/encoder-spec.ts";
import { type HeadOutput, type HeadStep, type PoolingMode, stepsWidth } from "../architectures/head-spec.ts";
import { bucketOf } from "../architectures/position-buckets.ts";
import { BertletError } from "../errors.ts";
import { addActivation } from "./activations.ts";
import { type DenseWriter, f32Writer, int8Writer, type Matrix } from "./dense.ts";
import { OnnxGraph } from "./graph.ts";

/** The most negative f32, which the reference adds to the scores of masked tokens. */
const LOWEST = -3.4028234663852886e38;

/** Row major; matrices are [outputs][inputs]. */
export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface OnnxOptions {
  /** Heads' outputs; `name` is the output's in the graph, for example `sentiment.logits`. */
  readonly heads?: readonly HeadOutput[];
  /** Adds the output `sentence_embedding` [B, width]. */
  readonly embedding?: EmbeddingSpec;
  /** Adds the outputs `hidden_states.0` (the embeddings) to `hidden_states.<layers>`. */
  readonly hiddenStates?: boolean;
  /** Adds the outputs `attentions.0` to `attentions.<layers - 1>`, [B, A, S, S]. */
  readonly attentions?: boolean;
  /** Dynamic int8 as ONNX Runtime's own tools write it; f32 when left out. */
  readonly quantize?: "int8";
}

/**
 * Writes the graph. Inputs are `input_ids`, `attention_mask` and, for a model with token types, `token_type_ids` (int64 [B, S], both dynamic);
 * outputs are `last_hidden_state` [B, S, H], the spec's own, for example `pooler_output` [B, H], and those that `options` adds.
 *
 * @param tensors the encoder's under their canonical names, and the heads'
 * @throws BertletError `invalid_checkpoint` for a tensor that is missing or has the wrong number of dimensions
 * @example
 * const steps = [{ op: "dense", weight: "classifier", bias: "classifier.bias", size: 3, activation: "none" }] as const;
 * const file = toOnnx(encoderSpec(config), tensors, { heads: [{ name: "logits", from: "mean", steps }] });
 */
export function toOnnx(
  spec: EncoderSpec,
  tensors: ReadonlyMap<string, OnnxTensor>,
  options: OnnxOptions = {},
): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph("bertlet");
  const writer = options.quantize === "int8" ? int8Writer(graph) : f32Writer(graph);
  const model = new ModelGraph(graph, writer, spec, tensors);

  const types = hasTokenTypes(spec) ? ["token_type_ids"] : [];
  for (const name of ["input_ids", "attention_mask", ...types]) {
    graph.input({ name, type: "int64", shape: ["batch", "length"] });
  }
  const declare = (name: string, shape: (number | string)[]) => graph.output({ name, type: "float", shape });
  const { hiddenSize: H, layers } = spec;

  graph.node("Identity", [model.encoder()], {}, "last_hidden_state");
  declare("last_hidden_state", ["batch", "length", H]);
  for (const { name, from, steps } of [...spec.outputs, ...(options.heads ?? [])]) {
    model.steps(name, from === "token" ? "last_hidden_state" : model.pool([from]), steps);
    const size = stepsWidth(steps, H);
    declare(name, from === "token" ? ["batch", "length", size] : ["batch", size]);
  }
  if (options.embedding) {
    const { pooling, steps } = options.embedding;
    model.steps("sentence_embedding", model.pool(pooling), steps);
    declare("sentence_embedding", ["batch", stepsWidth(steps, pooling.length * H)]);
  }
  if (options.hiddenStates) {
    for (let n = 0; n <= stateCount(spec); n++) declare(`hidden_states.${n}`, ["batch", "length", H]);
  }
  if (options.attentions) {
    for (let n = 0; n < layers.count; n++) declare(`attentions.${n}`, ["batch", layers.heads, "length", "length"]);
  }
  return graph.finish();
}

/** The parts of the model; each method appends its nodes and returns the name of their result. */
class ModelGraph {
  readonly #graph: OnnxGraph;
  readonly #writer: DenseWriter;
  readonly #spec: EncoderSpec;
  readonly #tensors: ReadonlyMap<string, OnnxTensor>;

  constructor(graph: OnnxGraph, writer: DenseWriter, spec: EncoderSpec, tensors: ReadonlyMap<string, OnnxTensor>) {
    this.#graph = graph;
    this.#writer = writer;
    this.#spec = spec;
    this.#tensors = tensors;
  }

  encoder(): string {
    const mask = this.#withBuckets(this.#mask());
    let x = this.#embeddings("hidden_states.0");
    for (const [n, layer] of layersOf(this.#spec).entries()) x = this.#layer(n, layer, x, mask);
    return x;
  }

  /** The steps' result, named `output`. */
  steps(output: string, from: string, steps: readonly HeadStep[]): void {
    const result = steps.reduce((x, step) => this.#step(x, step), from);
    this.#graph.node("Identity", [result], {}, output);
  }

  #step(x: string, step: HeadStep): string {
    switch (step.op) {
      case "layernorm":
        return this.#layerNorm(x, step.weight, undefined, step.epsilon);
      case "dense":
        return addActivation(this.#graph, this.#dense(x, step.weight, step.bias), step.activation);
      case "normalize":
        return this.#normalize(x);
    }
  }

  /** x / max(|x|, 1e-12), by row. */
  #normalize(x: string): string {
    const graph = this.#graph;
    const length = graph.node("ReduceL2", [x, graph.integers(-1)], { keepdims: 1 });
    return graph.node("Div", [x, graph.node("Max", [length, graph.scalar(1e-12)])]);
  }

  /** [B, modes.length × H]: the pooled hidden states of each text, side by side. */
  pool(modes: readonly PoolingMode[]): string {
    const pooled = modes.map((mode) => this.#pool(mode));
    return pooled.length === 1 ? pooled[0]! : this.#graph.node("Concat", pooled, { axis: -1 });
  }

  #pool(mode: PoolingMode): string {
    const graph = this.#graph;
    const x = "last_hidden_state";
    switch (mode) {
      case "cls":
        return graph.node("Gather", [x, graph.constant("zero", [], BigInt64Array.of(0n))], { axis: 1 });
      case "lasttoken":
        return this.#weightedSum(this.#isLast());
      case "max": {
        const masked = graph.node("Mul", [graph.node("Sub", [graph.scalar(1), this.#weights()]), graph.scalar(LOWEST)]);
        return graph.node("ReduceMax", [graph.node("Add", [x, masked]), graph.integers(1)], { keepdims: 0 });
      }
      case "mean":
        return graph.node("Div", [this.#weightedSum(this.#weights()), this.#sum(this.#weights())]);
      case "mean_sqrt_len_tokens": {
        const root = graph.node("Sqrt", [this.#sum(this.#weights())]);
        return graph.node("Div", [this.#weightedSum(this.#weights()), root]);
      }
      case "weightedmean": {
        const weights = this.#positionWeights();
        return graph.node("Div", [this.#weightedSum(weights), this.#sum(weights)]);
      }
    }
  }

  /** [B, S, 1]: 1 where a token counts, 0 elsewhere. */
  #weights(): string {
    const tokens = this.#graph.node("Unsqueeze", ["attention_mask", this.#graph.integers(2)]);
    return this.#graph.node("Cast", [tokens], { to: 1 });
  }

  /** [B, S, 1]: 1, 2, 3, … where a token counts, 0 elsewhere. */
  #positionWeights(): string {
    const graph = this.#graph;
    const places = graph.node("Cast", [graph.node("Unsqueeze", [this.#positions(), graph.integers(1)])], { to: 1 });
    return graph.node("Mul", [this.#weights(), graph.node("Add", [places, graph.scalar(1)])]);
  }

  /** [B, S, 1]: 1 for the last token that counts, 0 elsewhere. */
  #isLast(): string {
    const graph = this.#graph;
    const weights = this.#positionWeights();
    const last = graph.node("ReduceMax", [weights, graph.integers(1)], { keepdims: 1 });
    return graph.node("Cast", [graph.node("Equal", [weights, last])], { to: 1 });
  }

  /** [B, H]: Σ weight × hidden state. */
  #weightedSum(weights: string): string {
    return this.#sum(this.#graph.node("Mul", ["last_hidden_state", weights]));
  }

  /** Sums over the tokens. */
  #sum(x: string): string {
    return this.#graph.node("ReduceSum", [x, this.#graph.integers(1)], { keepdims: 0 });
  }

  /** [B, S, H]: the sum of all tables' rows, normalised. */
  #embeddings(output: string): string {
    const graph = this.#graph;
    const rows = this.#spec.embeddings.map(({ table, index, offset }) => {
      if (index === "ids") return this.#writer.embed(this.#matrix(`${table}.weight`), "input_ids");
      const indices = index === "types" ? "token_type_ids" : this.#positions(offset);
      return graph.node("Gather", [this.#constant(`${table}.weight`), indices]);
    });
    const sum = rows.reduce((x, row) => graph.node("Add", [x, row]));
    const projection = projectionOf(this.#spec);
    if (!projection) return this.#layerNorm(sum, this.#spec.norm, output);
    return graph.node("Identity", [this.#dense(this.#layerNorm(sum, this.#spec.norm), projection.name)], {}, output);
  }

  /** The mask and the bias of each head by bucket of distances, [B, A, S, S]; the mask alone where there are no buckets. */
  #withBuckets(mask: string): string {
    const { positionBias: bias, layers } = this.#spec;
    if (bias?.kind !== "buckets") return mask;
    const graph = this.#graph;
    const [A, longest] = [layers.heads, tableLimit(this.#spec, "positions")];
    const { data } = this.#tensor(`${bias.table}.weight`);
    // By distance from −(longest − 1) on.
    const count = 2 * longest - 1;
    const byDistance = Float32Array.from({ length: A * count }, (_, i) => {
      const bucket = bucketOf((i % count) - (longest - 1), bias.buckets, bias.farthest);
      return data[bucket * A + Math.trunc(i / count)]!;
    });
    const table = graph.constant(`${bias.table}.by_distance`, [A, count], byDistance);
    const rows = graph.node("Gather", [table, this.#distances(longest - 1)], { axis: 1 });
    return graph.node("Add", [mask, graph.node("Unsqueeze", [rows, graph.integers(0)])]);
  }

  /** [S, S]: key − query + `first`. */
  #distances(first: number): string {
    const graph = this.#graph;
    const positions = this.#positions();
    const queries = graph.node("Unsqueeze", [positions, graph.integers(1)]);
    return graph.node("Add", [graph.node("Sub", [positions, queries]), graph.integers(first)]);
  }

  /** The products of queries, and of keys, with the vectors of distances, [B, A, S, S]; undefined where there are none. */
  #distanceProducts(n: number, query: string, key: string): string | undefined {
    const { positionBias: bias } = this.#spec;
    if (!bias || bias.kind === "buckets") return undefined;
    const graph = this.#graph;
    const { name } = biasTable(this.#spec, n)!;
    // The table counts from the query to the key.
    const distances = graph.node("Sub", [graph.integers(2 * bias.positions - 2), this.#distances(bias.positions - 1)]);
    const vectors = graph.node("Gather", [this.#constant(name), distances]);
    const ofQueries = graph.node("Einsum", [query, vectors], { equation: "bhld,lrd->bhlr" });
    if (bias.kind === "relative_key") return ofQueries;
    return graph.node("Add", [ofQueries, graph.node("Einsum", [key, vectors], { equation: "bhdr,lrd->bhlr" })]);
  }

  /** [S]: first, first + 1, first + 2, … */
  #positions(first = 0): string {
    const graph = this.#graph;
    const length = graph.node("Squeeze", [graph.node("Shape", ["input_ids"], { start: 1, end: 2 })]);
    const from = graph.constant("zero", [], BigInt64Array.of(0n));
    const positions = graph.node("Range", [from, length, graph.constant("one", [], BigInt64Array.of(1n))]);
    return first === 0 ? positions : graph.node("Add", [positions, graph.integers(first)]);
  }

  /** Added to the scores, [B, 1, 1, S] or causal [B, 1, S, S]: 0 where a token may attend, the most negative f32 elsewhere. */
  #mask(): string {
    const graph = this.#graph;
    const tokens = graph.node("Unsqueeze", ["attention_mask", graph.integers(1, 2)]);
    let visible = graph.node("Cast", [tokens], { to: 1 });
    if (this.#spec.causal) {
      const positions = this.#positions();
      const queries = graph.node("Unsqueeze", [positions, graph.integers(1)]);
      const past = graph.node("LessOrEqual", [positions, queries]);
      visible = graph.node("Mul", [visible, graph.node("Cast", [past], { to: 1 })]);
    }
    const hidden = graph.node("Sub", [graph.scalar(1), visible]);
    return graph.node("Mul", [hidden, graph.scalar(LOWEST)]);
  }

  #layer(n: number, layer: Layer, x: string, mask: string): string {
    const graph = this.#graph;
    const context = this.#attention(n, layer, x, mask);
    const attended = graph.node("Add", [this.#dense(context, layer.output.name), x]);
    const middle = this.#layerNorm(attended, layer.attentionNorm);
    const inner = addActivation(this.#graph, this.#dense(middle, layer.up.name), this.#spec.layers.activation);
    const outer = graph.node("Add", [this.#dense(inner, layer.down.name), middle]);
    const states = (n + 1) / (this.#spec.layers.perState ?? 1);
    return this.#layerNorm(outer, layer.outputNorm, Number.isInteger(states) ? `hidden_states.${states}` : undefined);
  }

  /** softmax(q·kᵀ / √D + mask)·v by head, [B, S, A·D]. */
  #attention(n: number, { query, key, value }: Layer, x: string, mask: string): string {
    const graph = this.#graph;
    const { heads: A, headSize: D } = this.#spec.layers;
    const split = (name: string, perm: readonly number[]) => {
      const rows = this.#dense(x, name);
      return graph.node("Transpose", [graph.node("Reshape", [rows, graph.integers(0, 0, A, D)])], { perm });
    };
    const [queries, keys] = [split(query.name, [0, 2, 1, 3]), split(key.name, [0, 2, 3, 1])];
    const product = graph.node("MatMul", [queries, keys]);
    const byDistance = this.#distanceProducts(n, queries, keys);
    const sum = byDistance === undefined ? product : graph.node("Add", [product, byDistance]);
    const scores = graph.node("Add", [graph.node("Div", [sum, graph.scalar(Math.sqrt(D))]), mask]);
    const probabilities = graph.node("Softmax", [scores], { axis: -1 }, `attentions.${n}`);
    const context = graph.node("MatMul", [probabilities, split(value.name, [0, 2, 1, 3])]);
    const rows = graph.node("Transpose", [context], { perm: [0, 2, 1, 3] });
    return graph.node("Reshape", [rows, graph.integers(0, 0, A * D)]);
  }

  #layerNorm(x: string, name: string, output?: string, epsilon = this.#spec.epsilon): string {
    const inputs = [x, this.#constant(`${name}.weight`), this.#constant(`${name}.bias`)];
    return this.#graph.node("LayerNormalization", inputs, { axis: -1, epsilon: { float: epsilon } }, output);
  }

  #dense(x: string, name: string, bias = `${name}.bias`): string {
    return this.#writer.dense(x, this.#matrix(`${name}.weight`), this.#constant(bias));
  }

  #constant(name: string): string {
    const { shape, data } = this.#tensor(name);
    return this.#graph.constant(name, shape, data);
  }

  #matrix(name: string): Matrix {
    const { shape, data } = this.#tensor(name);
    const [N, K] = shape;
    if (N === undefined || K === undefined || shape.length !== 2) {
      throw new BertletError("invalid_checkpoint", `${name} is [${shape.join(", ")}]; a matrix is needed`);
    }
    return { name, shape: [N, K], data };
  }

  #tensor(name: string): OnnxTensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new BertletError("invalid_checkpoint", `the checkpoint has no ${name}`);
    return tensor;
  }
}
