// The encoder forward with what the gradients need kept, and backward through it. Probabilities and activations are computed again on the
// way back: they cost little beside the products, and would take most of the memory.
//
// Letters: M tokens of the batch, L of one text, S of them attended to, H hidden, W = A·P heads' width, F feed-forward.
import { type EncoderSpec, layersOf, type TokenIndex } from "../../architectures/encoder-spec.ts";
import { align } from "../../quantize/layout.ts";
import type { Layout, SessionMemory } from "../../wasm/kernel/arena.ts";
import { Activation } from "../../wasm/kernels/abi.ts";
import {
  type Dense,
  denseBackward,
  denseForward,
  denseOf,
  type Kernels,
  planWorkspace,
  spare,
  type Workspace,
} from "./kernels.ts";
import type { Parameter, Parameters } from "./parameters.ts";

/** The tokens of one text. The first `keys` of them are attended to; the rest is padding that has outputs all the same. */
export interface TrainingRow {
  readonly ids: Int32Array;
  readonly types: Int32Array;
  readonly positions: Int32Array;
  readonly keys: number;
}

/** Dropout of one pass: the same seed drops the same elements. */
export interface Dropout {
  readonly hidden: number;
  readonly attention: number;
  readonly seed: number;
}

interface Norm {
  readonly gamma: Parameter;
  readonly beta: Parameter;
}

interface TrainedLayer {
  readonly qkv: Dense;
  readonly output: Dense;
  readonly attentionNorm: Norm;
  readonly up: Dense;
  readonly down: Dense;
  readonly outputNorm: Norm;
  /** Whether it, or a layer below it, has something to train. */
  readonly reached: boolean;
}

/** What a layer's gradients need. */
interface LayerPlan {
  /** Its input [M][H], and that of its feed-forward part. */
  readonly x: number;
  readonly middle: number;
  readonly qkv: number;
  readonly context: number;
  /** The sums before both LayerNorms. */
  readonly attended: number;
  readonly fed: number;
  /** [M][F] before the activation. */
  readonly inner: number;
}

export interface EncoderPassPlan {
  readonly M: number;
  readonly rows: readonly TrainingRow[];
  readonly indices: Readonly<Record<TokenIndex, number>>;
  readonly embedded: number;
  readonly layers: readonly LayerPlan[];
  /** The last hidden states [M][H]. */
  readonly hidden: number;
  /** Their gradient, which backward begins with and overwrites. */
  readonly gradient: number;
  readonly branch: number;
  readonly innerA: number;
  readonly innerB: number;
  readonly dQkv: number;
  readonly dContext: number;
  readonly probs: number;
  readonly scratch: number;
  readonly workspace: Workspace;
}

export class EncoderPass {
  readonly #spec: EncoderSpec;
  readonly #kernels: Kernels;
  readonly #memory: SessionMemory;
  readonly #parameters: Parameters;
  readonly #layers: readonly TrainedLayer[];
  readonly #norm: Norm;
  readonly #padding: number;
  readonly #H: number;
  readonly #W: number;
  readonly #P: number;
  readonly #F: number;

  /** @param padding the id of the padding token, whose embedding is not trained */
  constructor(spec: EncoderSpec, kernels: Kernels, memory: SessionMemory, parameters: Parameters, padding: number) {
    this.#spec = spec;
    this.#kernels = kernels;
    this.#memory = memory;
    this.#parameters = parameters;
    this.#padding = padding;
    this.#H = align(spec.hiddenSize);
    this.#P = align(spec.layers.headSize);
    this.#W = spec.layers.heads * this.#P;
    this.#F = align(spec.layers.innerSize);
    this.#norm = this.#normOf(spec.norm);
    let reached = this.#trainsEmbeddings();
    this.#layers = layersOf(spec).map((layer) => {
      const dense = (name: string, copies = 1) =>
        denseOf(parameters.get(`${name}.weight`), parameters.get(`${name}.bias`), copies);
      const bound = {
        qkv: dense(layer.query.name, 3),
        output: dense(layer.output.name),
        attentionNorm: this.#normOf(layer.attentionNorm),
        up: dense(layer.up.name),
        down: dense(layer.down.name),
        outputNorm: this.#normOf(layer.outputNorm),
      };
      reached ||= bound.qkv.dWeight > 0;
      return { ...bound, reached };
    });
  }

  #normOf(name: string): Norm {
    return { gamma: this.#parameters.get(`${name}.weight`), beta: this.#parameters.get(`${name}.bias`) };
  }

  #trainsEmbeddings(): boolean {
    return this.#norm.gamma.gradient > 0;
  }

  plan(layout: Layout, rows: readonly TrainingRow[]): EncoderPassPlan {
    const M = rows.reduce((sum, { ids }) => sum + ids.length, 0);
    const longest = Math.max(...rows.map(({ ids }) => ids.length));
    const take = (width: number) => layout.take(spare(M) * width, 4);
    const [H, W, F] = [this.#H, this.#W, this.#F];
    const { heads } = this.#spec.layers;
    return {
      M,
      rows,
      indices: { ids: take(1), positions: take(1), types: take(1) },
      embedded: take(H),
      layers: this.#layers.map(() => ({
        x: take(H),
        middle: take(H),
        qkv: take(3 * W),
        context: take(W),
        attended: take(H),
        fed: take(H),
        inner: take(F),
      })),
      hidden: take(H),
      gradient: take(H),
      branch: take(H),
      innerA: take(Math.max(F, W)),
      innerB: take(F),
      dQkv: take(3 * W),
      dContext: take(W),
      probs: layout.take(heads * longest * longest, 4),
      scratch: layout.take(
        Math.max(
          this.#kernels.attention_scratch(longest, this.#P),
          this.#kernels.attention_backward_scratch(longest, longest, this.#P),
        ),
        1,
      ),
      workspace: planWorkspace(layout, M, [
        { N: 3 * W, K: H },
        { N: H, K: W },
        { N: F, K: H },
        { N: H, K: F },
      ]),
    };
  }

  /** From tokens to `plan.hidden`. */
  forward(plan: EncoderPassPlan, dropout: Dropout): void {
    this.#embed(plan, dropout);
    for (const [index, layer] of this.#layers.entries()) {
      const kept = plan.layers[index]!;
      const next = plan.layers[index + 1]?.x ?? plan.hidden;
      this.#forwardLayer(plan, layer, kept, next, { ...dropout, seed: layerSeed(dropout.seed, index) });
    }
  }

  /** From the gradient of `plan.hidden` in `plan.gradient` to those of the parameters, which are added to. */
  backward(plan: EncoderPassPlan, dropout: Dropout): void {
    for (let index = this.#layers.length - 1; index >= 0; index--) {
      const layer = this.#layers[index]!;
      if (!layer.reached) return;
      const below = this.#layers[index - 1]?.reached ?? this.#trainsEmbeddings();
      const kept = plan.layers[index]!;
      this.#backwardLayer(plan, layer, kept, { ...dropout, seed: layerSeed(dropout.seed, index) }, below);
    }
    if (this.#trainsEmbeddings()) this.#embedBackward(plan, dropout);
  }

  #embed(plan: EncoderPassPlan, { hidden, seed }: Dropout): void {
    const { M, rows, indices, embedded } = plan;
    const H = this.#H;
    for (const [place, { table, index, offset }] of this.#spec.embeddings.entries()) {
      const target = this.#memory.i32(indices[index], M);
      let token = 0;
      for (const row of rows) {
        target.set(offset > 0 ? row[index].map((value) => value + offset) : row[index], token);
        token += row.ids.length;
      }
      const { weight } = this.#parameters.get(`${table}.weight`);
      this.#kernels.embed_rows_f32(weight, indices[index], embedded, M, H, place > 0 ? 1 : 0);
    }
    const first = plan.layers[0]!.x;
    this.#normForward(this.#norm, embedded, first, M);
    this.#drop(first, M * H, hidden, seed);
  }

  #embedBackward({ M, indices, embedded, gradient }: EncoderPassPlan, { hidden, seed }: Dropout): void {
    const H = this.#H;
    this.#drop(gradient, M * H, hidden, seed);
    this.#normBackward(this.#norm, embedded, gradient, M);
    for (const { table, index } of this.#spec.embeddings) {
      const address = indices[index];
      if (index === "ids") {
        const ids = this.#memory.i32(address, M);
        for (let m = 0; m < M; m++) if (ids[m] === this.#padding) ids[m] = -1;
      }
      this.#kernels.embed_backward_f32(gradient, address, this.#parameters.get(`${table}.weight`).gradient, M, H);
    }
  }

  #forwardLayer(plan: EncoderPassPlan, layer: TrainedLayer, kept: LayerPlan, next: number, dropout: Dropout): void {
    const { M, workspace, innerA } = plan;
    const { hidden, seed } = dropout;
    const [H, F] = [this.#H, this.#F];
    const kernels = this.#kernels;
    denseForward(kernels, workspace, layer.qkv, kept.x, kept.qkv, M);
    this.#attend(plan, kept, dropout);
    denseForward(kernels, workspace, layer.output, kept.context, kept.attended, M);
    this.#drop(kept.attended, M * H, hidden, seed + 1);
    kernels.add_f32(kept.x, kept.attended, M * H);
    this.#normForward(layer.attentionNorm, kept.attended, kept.middle, M);
    denseForward(kernels, workspace, layer.up, kept.middle, kept.inner, M);
    kernels.activate_f32(kept.inner, innerA, 4 * F, M, this.#spec.layers.innerSize, this.#activation);
    denseForward(kernels, workspace, layer.down, innerA, kept.fed, M);
    this.#drop(kept.fed, M * H, hidden, seed + 2);
    kernels.add_f32(kept.middle, kept.fed, M * H);
    this.#normForward(layer.outputNorm, kept.fed, next, M);
  }

  #backwardLayer(plan: EncoderPassPlan, layer: TrainedLayer, kept: LayerPlan, dropout: Dropout, below: boolean): void {
    const { M, workspace, gradient, branch, innerA, innerB, dQkv, dContext } = plan;
    const { hidden, seed } = dropout;
    const [W, F] = [this.#W, this.#F];
    const kernels = this.#kernels;
    const inner = this.#spec.layers.innerSize;
    this.#normBackward(layer.outputNorm, kept.fed, gradient, M);
    this.#branch(plan, hidden, seed + 2);
    kernels.activate_f32(kept.inner, innerA, 4 * F, M, inner, this.#activation);
    this.#clear(innerB, spare(M) * F);
    denseBackward(kernels, workspace, layer.down, { x: innerA, dy: branch, dx: innerB }, M);
    kernels.activation_backward_f32(kept.inner, innerB, innerB, 4 * F, M, inner, this.#activation);
    denseBackward(kernels, workspace, layer.up, { x: kept.middle, dy: innerB, dx: gradient }, M);
    this.#normBackward(layer.attentionNorm, kept.attended, gradient, M);
    this.#branch(plan, hidden, seed + 1);
    this.#clear(dContext, spare(M) * W);
    denseBackward(kernels, workspace, layer.output, { x: kept.context, dy: branch, dx: dContext }, M);
    this.#clear(dQkv, spare(M) * 3 * W);
    this.#attendBackward(plan, kept, dropout);
    denseBackward(kernels, workspace, layer.qkv, { x: kept.x, dy: dQkv, dx: below ? gradient : 0 }, M);
  }

  /** Attention of every text, from `kept.qkv` to `kept.context`. */
  #attend(plan: EncoderPassPlan, kept: LayerPlan, { attention, seed }: Dropout): void {
    const { heads: A } = this.#spec.layers;
    const W = this.#W;
    this.#eachText(plan, (row, token, index) => {
      const [L, S] = [row.ids.length, row.keys];
      const qkv = kept.qkv + 12 * token * W;
      const y = kept.context + 4 * token * W;
      this.#probabilities(plan, qkv, y, L, S, attention > 0 ? plan.probs : 0);
      if (attention === 0) return;
      const v = qkv + 8 * W;
      const rate = attention;
      const drop = textSeed(seed, index);
      this.#kernels.attention_dropout_f32(plan.probs, v, 12 * W, y, 4 * W, plan.scratch, L, S, A, this.#P, rate, drop);
    });
  }

  #attendBackward(plan: EncoderPassPlan, kept: LayerPlan, { attention, seed }: Dropout): void {
    const { heads: A, headSize: D } = this.#spec.layers;
    const W = this.#W;
    this.#eachText(plan, (row, token, index) => {
      const [L, S] = [row.ids.length, row.keys];
      const q = kept.qkv + 12 * token * W;
      const dq = plan.dQkv + 12 * token * W;
      this.#probabilities(plan, q, plan.innerA, L, S, plan.probs);
      this.#kernels.attention_backward_f32(
        q,
        q + 4 * W,
        q + 8 * W,
        12 * W,
        plan.probs,
        plan.dContext + 4 * token * W,
        4 * W,
        dq,
        dq + 4 * W,
        dq + 8 * W,
        plan.scratch,
        L,
        S,
        A,
        this.#P,
        1 / Math.sqrt(D),
        attention,
        textSeed(seed, index),
      );
    });
  }

  #probabilities(plan: EncoderPassPlan, qkv: number, y: number, L: number, S: number, probs: number): void {
    const { heads: A, headSize: D } = this.#spec.layers;
    const W = this.#W;
    const causal = this.#spec.causal ? 1 : 0;
    const [k, v] = [qkv + 4 * W, qkv + 8 * W];
    const factor = 1 / Math.sqrt(D);
    this.#kernels.attention_f32(
      qkv,
      12 * W,
      k,
      v,
      12 * W,
      y,
      4 * W,
      plan.scratch,
      probs,
      L,
      S,
      A,
      this.#P,
      factor,
      causal,
      0,
      0,
      0,
      0,
    );
  }

  #eachText({ rows }: EncoderPassPlan, visit: (row: TrainingRow, token: number, index: number) => void): void {
    let token = 0;
    for (const [index, row] of rows.entries()) {
      visit(row, token, index);
      token += row.ids.length;
    }
  }

  /** The gradient that goes into a sublayer, beside the one that goes past it. */
  #branch({ M, gradient, branch }: EncoderPassPlan, rate: number, seed: number): void {
    const count = M * this.#H;
    this.#memory.f32(branch, count).set(this.#memory.f32(gradient, count));
    this.#drop(branch, count, rate, seed);
  }

  #normForward({ gamma, beta }: Norm, v: number, y: number, M: number): void {
    const { hiddenSize, epsilon } = this.#spec;
    this.#kernels.layernorm_f32(v, 0, gamma.weight, beta.weight, y, 4 * this.#H, M, hiddenSize, epsilon);
  }

  #normBackward({ gamma, beta }: Norm, v: number, gradient: number, M: number): void {
    const { hiddenSize, epsilon } = this.#spec;
    // Layers are trained as a whole, so a layer that is reached has these gradients.
    this.#kernels.layernorm_backward_f32(
      v,
      gradient,
      gamma.weight,
      gradient,
      gamma.gradient,
      beta.gradient,
      4 * this.#H,
      M,
      hiddenSize,
      epsilon,
    );
  }

  #drop(x: number, count: number, rate: number, seed: number): void {
    if (rate > 0) this.#kernels.dropout_f32(x, count, rate, seed);
  }

  #clear(address: number, count: number): void {
    this.#memory.f32(address, count).fill(0);
  }

  get #activation(): Activation {
    return Activation[this.#spec.layers.activation];
  }
}

function layerSeed(seed: number, layer: number): number {
  return seed + 101 * (layer + 1);
}

function textSeed(seed: number, text: number): number {
  return (Math.imul(seed + 3, 0x01000193) + text) | 0;
}
