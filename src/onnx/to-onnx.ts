// A BERT checkpoint → an ONNX graph that ONNX Runtime runs: named tensors in, the bytes of a .onnx file out. It reads no files and knows
// no task: heads are lists of steps.
// Letters in shapes: B texts, S tokens, H hidden, A heads, D head size, F feed-forward.

import { type HeadOutput, type HeadStep, outputSize } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { type DenseWriter, f32Writer, int8Writer, type Matrix } from "./dense.ts";
import { OnnxGraph } from "./graph.ts";

/** The most negative f32, which the reference adds where a token must not look. */
const LOWEST = -3.4028234663852886e38;

type Activation = Extract<HeadStep, { op: "dense" }>["activation"];

/** What of a config shapes the graph; a BertConfig has it all. */
export interface OnnxConfig {
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly hidden_act: Exclude<Activation, "none">;
  readonly layer_norm_eps: number;
  /** Whether a token sees only those before it. */
  readonly is_decoder?: boolean;
}

/** Row major; matrices are [outputs][inputs]. */
export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface OnnxOptions {
  /** Heads' outputs as a packed model describes them; `name` is the output's in the graph, for example `sentiment.logits`. */
  readonly heads?: readonly HeadOutput[];
  /** Adds the outputs `hidden_states.0` (the embeddings) to `hidden_states.<layers>`. */
  readonly hiddenStates?: boolean;
  /** Adds the outputs `attentions.0` to `attentions.<layers - 1>`, [B, A, S, S]. */
  readonly attentions?: boolean;
  /** Dynamic int8 as ONNX Runtime's own tools write it; f32 when left out. */
  readonly quantize?: "int8";
}

/**
 * Writes the graph: `input_ids`, `attention_mask` and `token_type_ids` (int64 [B, S], both dynamic) → `last_hidden_state` [B, S, H],
 * `pooler_output` [B, H] where there is a pooler, and what `options` adds.
 *
 * @param tensors the encoder's under their canonical names, without `bert.`, and the heads'
 * @throws BertletError `invalid_checkpoint` for a tensor that is missing or has the wrong number of dimensions
 * @example
 * const steps = [{ op: "dense", weight: "classifier", bias: "classifier.bias", size: 3, activation: "none" }] as const;
 * const file = toOnnx(config, tensors, { heads: [{ name: "logits", from: "pooler_output", steps }] });
 */
export function toOnnx(
  config: OnnxConfig,
  tensors: ReadonlyMap<string, OnnxTensor>,
  options: OnnxOptions = {},
): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph("bert");
  const writer = options.quantize === "int8" ? int8Writer(graph) : f32Writer(graph);
  const bert = new BertGraph(graph, writer, config, tensors);

  for (const name of ["input_ids", "attention_mask", "token_type_ids"]) {
    graph.input({ name, type: "int64", shape: ["batch", "length"] });
  }
  const output = (name: string, shape: (number | string)[]) => graph.output({ name, type: "float", shape });
  const { hidden_size: H, num_attention_heads: A, num_hidden_layers: layers } = config;

  graph.node("Identity", [bert.encoder()], {}, "last_hidden_state");
  output("last_hidden_state", ["batch", "length", H]);
  if (tensors.has("pooler.dense.weight")) {
    bert.pooler();
    output("pooler_output", ["batch", H]);
  }
  for (const head of options.heads ?? []) {
    bert.head(head);
    const size = outputSize(head, H);
    output(head.name, head.from === "pooler_output" ? ["batch", size] : ["batch", "length", size]);
  }
  if (options.hiddenStates) {
    for (let n = 0; n <= layers; n++) output(`hidden_states.${n}`, ["batch", "length", H]);
  }
  if (options.attentions) {
    for (let n = 0; n < layers; n++) output(`attentions.${n}`, ["batch", A, "length", "length"]);
  }
  return graph.finish();
}

/** The parts of the model; each method appends its nodes and returns the name of their result. */
class BertGraph {
  readonly #graph: OnnxGraph;
  readonly #writer: DenseWriter;
  readonly #config: OnnxConfig;
  readonly #tensors: ReadonlyMap<string, OnnxTensor>;

  constructor(graph: OnnxGraph, writer: DenseWriter, config: OnnxConfig, tensors: ReadonlyMap<string, OnnxTensor>) {
    this.#graph = graph;
    this.#writer = writer;
    this.#config = config;
    this.#tensors = tensors;
  }

  encoder(): string {
    const mask = this.#mask();
    let x = this.#embeddings("hidden_states.0");
    for (let n = 0; n < this.#config.num_hidden_layers; n++) x = this.#layer(n, x, mask);
    return x;
  }

  pooler(): void {
    const first = this.#graph.node(
      "Gather",
      ["last_hidden_state", this.#graph.constant("first", [], BigInt64Array.of(0n))],
      { axis: 1 },
    );
    this.#graph.node("Tanh", [this.#dense(first, "pooler.dense")], {}, "pooler_output");
  }

  head({ name, from, steps }: HeadOutput): void {
    if (from === "pooler_output" && !this.#tensors.has("pooler.dense.weight")) {
      throw new BertletError("invalid_checkpoint", `head ${name} needs the pooler, which the checkpoint does not have`);
    }
    let x: string = from;
    for (const step of steps) {
      if (step.op === "layernorm") x = this.#layerNorm(x, step.weight);
      else x = this.#activation(this.#dense(x, step.weight, step.bias), step.activation);
    }
    this.#graph.node("Identity", [x], {}, name);
  }

  /** [B, S, H]: word + token type + position, normalised. */
  #embeddings(output: string): string {
    const graph = this.#graph;
    const words = this.#writer.embed(this.#matrix("embeddings.word_embeddings.weight"), "input_ids");
    const types = graph.node("Gather", [this.#constant("embeddings.token_type_embeddings.weight"), "token_type_ids"]);
    const positions = graph.node("Gather", [
      this.#constant("embeddings.position_embeddings.weight"),
      this.#positions(),
    ]);
    const sum = graph.node("Add", [graph.node("Add", [words, types]), positions]);
    return this.#layerNorm(sum, "embeddings.LayerNorm", output);
  }

  /** [S]: 0, 1, 2, … */
  #positions(): string {
    const graph = this.#graph;
    const length = graph.node("Squeeze", [graph.node("Shape", ["input_ids"], { start: 1, end: 2 })]);
    const from = graph.constant("zero", [], BigInt64Array.of(0n));
    return graph.node("Range", [from, length, graph.constant("one", [], BigInt64Array.of(1n))]);
  }

  /** What is added to the scores, [B, 1, 1, S] or causal [B, 1, S, S]: 0 where a token may look, the most negative f32 elsewhere. */
  #mask(): string {
    const graph = this.#graph;
    const tokens = graph.node("Unsqueeze", ["attention_mask", graph.integers(1, 2)]);
    let visible = graph.node("Cast", [tokens], { to: 1 });
    if (this.#config.is_decoder) {
      const positions = this.#positions();
      const queries = graph.node("Unsqueeze", [positions, graph.integers(1)]);
      const past = graph.node("LessOrEqual", [positions, queries]);
      visible = graph.node("Mul", [visible, graph.node("Cast", [past], { to: 1 })]);
    }
    const hidden = graph.node("Sub", [graph.scalar(1), visible]);
    return graph.node("Mul", [hidden, graph.scalar(LOWEST)]);
  }

  #layer(n: number, x: string, mask: string): string {
    const graph = this.#graph;
    const at = `encoder.layer.${n}`;
    const context = this.#attention(n, x, mask);
    const attended = graph.node("Add", [this.#dense(context, `${at}.attention.output.dense`), x]);
    const middle = this.#layerNorm(attended, `${at}.attention.output.LayerNorm`);
    const wide = this.#activation(this.#dense(middle, `${at}.intermediate.dense`), this.#config.hidden_act);
    const narrow = graph.node("Add", [this.#dense(wide, `${at}.output.dense`), middle]);
    return this.#layerNorm(narrow, `${at}.output.LayerNorm`, `hidden_states.${n + 1}`);
  }

  /** softmax(q·kᵀ / √D + mask)·v by head, [B, S, H]. */
  #attention(n: number, x: string, mask: string): string {
    const graph = this.#graph;
    const { hidden_size: H, num_attention_heads: A } = this.#config;
    const split = (part: string, perm: readonly number[]) => {
      const rows = this.#dense(x, `encoder.layer.${n}.attention.self.${part}`);
      return graph.node("Transpose", [graph.node("Reshape", [rows, graph.integers(0, 0, A, H / A)])], { perm });
    };
    const product = graph.node("MatMul", [split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1])]);
    const scores = graph.node("Add", [graph.node("Div", [product, graph.scalar(Math.sqrt(H / A))]), mask]);
    const probabilities = graph.node("Softmax", [scores], { axis: -1 }, `attentions.${n}`);
    const context = graph.node("MatMul", [probabilities, split("value", [0, 2, 1, 3])]);
    return graph.node("Reshape", [graph.node("Transpose", [context], { perm: [0, 2, 1, 3] }), graph.integers(0, 0, H)]);
  }

  #activation(x: string, activation: Activation): string {
    const graph = this.#graph;
    switch (activation) {
      case "none":
        return x;
      case "gelu":
        return graph.node("Gelu", [x]);
      case "gelu_new":
        return graph.node("Gelu", [x], { approximate: "tanh" });
      case "relu":
        return graph.node("Relu", [x]);
      case "silu":
        return graph.node("Mul", [x, graph.node("Sigmoid", [x])]);
      case "tanh":
        return graph.node("Tanh", [x]);
    }
  }

  #layerNorm(x: string, name: string, output?: string): string {
    const inputs = [x, this.#constant(`${name}.weight`), this.#constant(`${name}.bias`)];
    return this.#graph.node(
      "LayerNormalization",
      inputs,
      { axis: -1, epsilon: { float: this.#config.layer_norm_eps } },
      output,
    );
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
