// The BERT encoder over the kernels: which kernel runs on which addresses, layer by layer, for one group of rows. It plans memory
// and order; all arithmetic is in src/wasm/kernel. Follows Devlin et al. 2018 (post-layer-norm) as transformers' BertModel does.
//
// Letters: M tokens of the group, R rows (texts), S longest row, H hidden, A heads, P padded head size, F feed-forward.
import type { BertConfig } from "../../architectures/config.ts";
import { align } from "../../quantize/layout.ts";
import type { TokenRow } from "../batch.ts";
import { Activation, type KernelExports } from "../kernels/abi.ts";
import type { Layout, SessionMemory } from "./arena.ts";
import { type Dense, type Norm, outputs, type Table, type Weights } from "./weights.ts";

/** Rows of activations in wasm memory: f32 at `x`, and room for their int8 form. */
export interface Activations {
  readonly x: number;
  readonly q: number;
  readonly scale: number;
  readonly sum: number;
}

/** Addresses for one group; `plan` makes it. */
export interface EncoderPlan {
  readonly ids: number;
  readonly positions: number;
  readonly types: number;
  /** Hidden states of all tokens [M][H], and of the first token of each row [R][H]. */
  readonly tokens: Activations;
  readonly first: Activations;
  readonly t: number;
  readonly qkv: number;
  readonly context: Activations;
  readonly wide: Activations;
  readonly scratch: number;
  /** [A][S][S], or 0 where no attentions are asked for. */
  readonly probs: number;
}

/** What a caller wants to see while the layers run. */
export interface EncoderObserver {
  /** Whether only the first token of each row counts after the last layer. */
  readonly firstOnly: boolean;
  /** Hidden states [M][ld] after `layer` layers; layer 0 is the embedding. Not called after the last one when `firstOnly`. */
  hidden(layer: number, address: number): void;
  /** Whether `attention` is to be called for this layer. */
  attends(layer: number): boolean;
  /** Attention probabilities [A][S][S] of one row. */
  attention(layer: number, row: number, address: number, S: number): void;
}

interface Layer {
  readonly qkv: Dense;
  readonly output: Dense;
  readonly attentionNorm: Norm;
  readonly intermediate: Dense;
  readonly down: Dense;
  readonly outputNorm: Norm;
}

// Rows that go through the feed-forward layer together: their [rows][F] stays in the L2 cache.
const WIDE_ROWS = 64;

export class Encoder {
  /** Row stride of the hidden states. */
  readonly ld: number;
  /** Is shown the inputs [M][K] at x that the dense `name` is about to meet. */
  onInput: ((name: string, x: number, M: number, K: number) => void) | undefined;
  readonly #config: BertConfig;
  readonly #kernel: KernelExports;
  readonly #memory: SessionMemory;
  /** None in an encoder that begins with hidden states. */
  readonly #embedding: { readonly tables: readonly Table[]; readonly norm: Norm } | undefined;
  readonly #layers: readonly Layer[];
  readonly #P: number;
  readonly #F: number;
  readonly #quantised: boolean;

  /** @param embeds whether it begins with tokens; with hidden states otherwise */
  constructor(config: BertConfig, kernel: KernelExports, memory: SessionMemory, weights: Weights, embeds: boolean) {
    const { hidden_size: H, intermediate_size: F, num_attention_heads: A } = config;
    this.#config = config;
    this.#kernel = kernel;
    this.#memory = memory;
    this.ld = align(H);
    this.#P = align(config.headSize);
    this.#F = align(F);
    this.#embedding = embeds
      ? {
          tables: [
            weights.table("embeddings.word_embeddings", config.vocab_size, H),
            weights.table("embeddings.position_embeddings", config.max_position_embeddings, H),
            weights.table("embeddings.token_type_embeddings", config.type_vocab_size, H),
          ],
          norm: weights.norm("embeddings.LayerNorm", H),
        }
      : undefined;
    this.#layers = Array.from({ length: config.num_hidden_layers }, (_, index) => {
      const at = `encoder.layer.${index}`;
      return {
        qkv: weights.dense(`${at}.attention.self.qkv`, 3 * A * this.#P, H),
        output: weights.dense(`${at}.attention.output.dense`, H, A * this.#P),
        attentionNorm: weights.norm(`${at}.attention.output.LayerNorm`, H),
        intermediate: weights.dense(`${at}.intermediate.dense`, F, H),
        down: weights.dense(`${at}.output.dense`, H, F),
        outputNorm: weights.norm(`${at}.output.LayerNorm`, H),
      };
    });
    this.#quantised = this.#layers[0]!.qkv.scale !== 0;
  }

  /** Lays out the activations of M tokens in R rows of at most S. */
  plan(layout: Layout, M: number, R: number, S: number, attentions: boolean): EncoderPlan {
    const A = this.#config.num_attention_heads;
    const context = A * this.#P;
    const rows = spare(M);
    return {
      ids: layout.take(rows, 4),
      positions: layout.take(rows, 4),
      types: layout.take(rows, 4),
      tokens: this.activations(layout, M, this.ld),
      first: this.activations(layout, R, this.ld),
      t: layout.take(rows * Math.max(this.ld, context), 4),
      qkv: layout.take(rows * 3 * context, 4),
      context: this.activations(layout, M, context),
      wide: this.activations(layout, Math.min(M, WIDE_ROWS), this.#F),
      scratch: layout.take(this.#kernel.attention_scratch(S, this.#P), 1),
      probs: attentions ? layout.take(A * spare(S) * S, 4) : 0,
    };
  }

  /** Room for M rows of `width` values, and for their int8 form. */
  activations(layout: Layout, M: number, width: number): Activations {
    const rows = spare(M);
    const x = layout.take(rows * width, 4);
    if (!this.#quantised) return { x, q: 0, scale: 0, sum: 0 };
    return {
      x,
      q: layout.take(this.#kernel.qd8_bytes(rows, width), 1),
      scale: layout.take(rows, 4),
      sum: layout.take(rows, 4),
    };
  }

  /**
   * Runs all layers; the result lies in `plan.tokens`, or in `plan.first` when only the first token of each row counts.
   * @param hidden the hidden states [M][H] to begin with, in an encoder that does not embed
   */
  run(plan: EncoderPlan, rows: readonly TokenRow[], observer: EncoderObserver, hidden?: Float32Array): void {
    const M = rows.reduce((tokens, row) => tokens + row.ids.length, 0);
    if (hidden) this.#accept(plan.tokens, hidden, M);
    else this.#embed(plan, rows, M);
    observer.hidden(0, plan.tokens.x);
    for (const [index, layer] of this.#layers.entries()) {
      const last = index === this.#layers.length - 1;
      if (last && observer.firstOnly) this.#lastLayerOfFirst(plan, layer, rows, M);
      else {
        this.#project(plan.tokens, layer.qkv, plan.qkv, 3 * this.#context, M);
        this.#attend(
          plan,
          rows,
          observer.attends(index) ? (row, S) => observer.attention(index, row, plan.probs, S) : undefined,
        );
        this.#feedForward(plan, layer, plan.tokens, M);
        observer.hidden(index + 1, plan.tokens.x);
      }
    }
  }

  /** Copies the first token of each row from `plan.tokens` to `plan.first`. */
  gatherFirst(plan: EncoderPlan, rows: readonly TokenRow[]): void {
    let token = 0;
    const first = rows.map(({ ids }) => {
      token += ids.length;
      return token - ids.length;
    });
    this.gather(plan, first, plan.first.x);
  }

  /** Copies the hidden states of these tokens, one after the other, to `target`. */
  gather(plan: EncoderPlan, tokens: readonly number[], target: number): void {
    const bytes = this.#memory.u8(0, this.#memory.bytes);
    const stride = 4 * this.ld;
    for (const [index, token] of tokens.entries()) {
      const from = plan.tokens.x + token * stride;
      bytes.copyWithin(target + index * stride, from, from + stride);
    }
  }

  /** y [M][N] = activation(x·W + b), for any dense of the model; x is quantised first where W is. */
  dense(input: Activations, dense: Dense, y: number, M: number, activation: Activation): void {
    if (dense.scale) this.#kernel.quantize_f32_qd8(input.x, 4 * dense.K, input.q, input.scale, input.sum, M, dense.K);
    this.#gemm(input, dense, y, 4 * dense.N, M, activation);
  }

  /** y = LayerNorm(x) in place, unquantised. */
  norm(x: number, norm: Norm, M: number): void {
    const { hidden_size: H, layer_norm_eps: eps } = this.#config;
    this.#kernel.layernorm_f32(x, 0, norm.gamma, norm.beta, x, 4 * this.ld, M, H, eps);
  }

  get #context(): number {
    return this.#config.num_attention_heads * this.#P;
  }

  #accept(tokens: Activations, hidden: Float32Array, M: number): void {
    const H = this.#config.hidden_size;
    const x = this.#memory.f32(tokens.x, M * this.ld).fill(0);
    for (let m = 0; m < M; m++) x.set(hidden.subarray(m * H, (m + 1) * H), m * this.ld);
    if (this.#quantised) {
      this.#kernel.quantize_f32_qd8(tokens.x, 4 * this.ld, tokens.q, tokens.scale, tokens.sum, M, this.ld);
    }
  }

  #embed(plan: EncoderPlan, rows: readonly TokenRow[], M: number): void {
    const { tables, norm } = this.#embedding!;
    const indices = [plan.ids, plan.positions, plan.types];
    const views = indices.map((address) => this.#memory.i32(address, M));
    let token = 0;
    for (const { ids, types, columns } of rows) {
      views[0]!.set(ids, token);
      views[1]!.set(columns, token);
      views[2]!.set(types, token);
      token += ids.length;
    }
    for (const [index, table] of tables.entries()) {
      const accumulate = index > 0 ? 1 : 0;
      const { weight, multiplier, scale, K } = table;
      // Quantised rows lie rotated: their sum is turned back before rows that are not come to it.
      if (!scale && tables[index - 1]?.scale) this.#kernel.rotate_f32(plan.t, 4 * this.ld, M, this.ld);
      const rest = [indices[index]!, plan.t, 4 * this.ld, M, K, accumulate] as const;
      if (multiplier) this.#kernel.embed_qm4w(weight, multiplier, scale, ...rest);
      else if (scale) this.#kernel.embed_qc7w(weight, scale, ...rest);
      else this.#kernel.embed_f32(weight, ...rest);
    }
    this.#addNorm(plan.t, 0, norm, plan.tokens, M);
  }

  /** Attention of every row over itself, from `plan.qkv` to `plan.context`. */
  #attend(plan: EncoderPlan, rows: readonly TokenRow[], observe: ((row: number, S: number) => void) | undefined): void {
    const stride = 3 * this.#context;
    let token = 0;
    for (const [index, row] of rows.entries()) {
      const S = row.ids.length;
      const q = plan.qkv + 4 * token * stride;
      const y = plan.context.x + 4 * token * this.#context;
      this.#attention(q, stride, q + 4 * this.#context, y, plan, S, S, observe ? plan.probs : 0);
      observe?.(index, S);
      token += S;
    }
  }

  /** M queries at `q` over the S keys and values at `kv`, which are rows of `plan.qkv`. */
  #attention(
    q: number,
    ldq: number,
    kv: number,
    y: number,
    plan: EncoderPlan,
    M: number,
    S: number,
    probs: number,
  ): void {
    const { num_attention_heads: A, headSize: D, is_decoder } = this.#config;
    const width = this.#context;
    const factor = 1 / Math.sqrt(D);
    const causal = is_decoder ? 1 : 0;
    this.#kernel.attention_f32(
      q,
      4 * ldq,
      kv,
      kv + 4 * width,
      12 * width,
      y,
      4 * width,
      plan.scratch,
      probs,
      M,
      S,
      A,
      this.#P,
      factor,
      causal,
    );
  }

  /** The last layer when only the first token of each row counts: keys and values of all, everything else of those R rows. */
  #lastLayerOfFirst(plan: EncoderPlan, layer: Layer, rows: readonly TokenRow[], M: number): void {
    const width = this.#context;
    const query = outputs(layer.qkv, 0, width);
    const keyValue = outputs(layer.qkv, width, 3 * width);
    this.#project(plan.tokens, keyValue, plan.qkv + 4 * width, 3 * width, M);
    this.gatherFirst(plan, rows);
    this.dense(plan.first, query, plan.t, rows.length, Activation.none);
    let token = 0;
    for (const [index, row] of rows.entries()) {
      const S = row.ids.length;
      const q = plan.t + 4 * index * width;
      const kv = plan.qkv + 4 * (token * 3 * width + width);
      this.#attention(q, width, kv, plan.context.x + 4 * index * width, plan, 1, S, 0);
      token += S;
    }
    this.#feedForward(plan, layer, plan.first, rows.length);
  }

  /** From `plan.context` through both sublayers' ends: x = norm(x + attention output), x = norm(x + feed-forward). */
  #feedForward(plan: EncoderPlan, layer: Layer, x: Activations, M: number): void {
    this.dense(plan.context, layer.output, plan.t, M, Activation.none);
    this.#addNorm(plan.t, x.x, layer.attentionNorm, x, M);
    const activation = Activation[this.#config.hidden_act];
    for (let row = 0; row < M; row += WIDE_ROWS) {
      const count = Math.min(WIDE_ROWS, M - row);
      this.#gemm(this.#from(x, row), layer.intermediate, plan.wide.x, 4 * this.#F, count, activation);
      this.dense(plan.wide, layer.down, plan.t + 4 * row * this.ld, count, Activation.none);
    }
    this.#addNorm(plan.t, x.x, layer.outputNorm, x, M);
  }

  /** The activations from `row` on, a multiple of 4. */
  #from(activations: Activations, row: number): Activations {
    const { x, q, scale, sum } = activations;
    const group = this.#kernel.qd8_group(this.ld);
    return { x: x + 4 * row * this.ld, q: q + (row / 4) * group, scale: scale + 4 * row, sum: sum + 4 * row };
  }

  /** y = norm(t + residual), quantised too where the model is, ready for the next product. */
  #addNorm(t: number, residual: number, norm: Norm, y: Activations, M: number): void {
    const { hidden_size: H, layer_norm_eps: eps } = this.#config;
    const { gamma, beta } = norm;
    if (this.#quantised) {
      this.#kernel.layernorm_f32_qd8(t, residual, gamma, beta, y.x, 4 * this.ld, M, H, eps, y.q, y.scale, y.sum);
    } else this.#kernel.layernorm_f32(t, residual, gamma, beta, y.x, 4 * this.ld, M, H, eps);
  }

  #project(input: Activations, dense: Dense, y: number, ldy: number, M: number): void {
    this.#gemm(input, dense, y, 4 * ldy, M, Activation.none);
  }

  #gemm(input: Activations, dense: Dense, y: number, yStride: number, M: number, activation: Activation): void {
    const { weight, multiplier, scale, bias, N, K } = dense;
    this.onInput?.(dense.name, input.x, M, K);
    if (multiplier) {
      const rest = [bias, y, yStride, M, N, K, activation] as const;
      this.#kernel.gemm_qd8_f32_qm4w(input.q, input.scale, weight, multiplier, scale, ...rest);
    } else if (scale) {
      this.#kernel.gemm_qd8_f32_qc7w(
        input.q,
        input.scale,
        input.sum,
        weight,
        scale,
        bias,
        y,
        yStride,
        M,
        N,
        K,
        activation,
      );
    } else this.#kernel.gemm_f32(input.x, 4 * K, weight, bias, y, yStride, M, N, K, activation);
  }
}

/** Rows to allocate for M: kernels may write up to the next multiple of 4. */
function spare(M: number): number {
  return Math.ceil(M / 4) * 4;
}
