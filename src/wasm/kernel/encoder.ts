// The encoder over the kernels: which kernel runs on which addresses, layer by layer, for one group of rows, as the packed model's
// EncoderSpec says. It plans memory and order; the arithmetic is in src/wasm/kernels.
//
// Letters: M tokens of the group, R rows (texts), S tokens of one row, H hidden, A heads, D head size, P padded D, F feed-forward.
// E width of the embeddings. Row strides are H, E, A·P and F padded to a multiple of 16; the padding of a row is zero.
import {
  type EncoderSpec,
  embeddingWidthOf,
  type Layer as LayerSpec,
  layersOf,
  projectionOf,
  qkvName,
  type TokenIndex,
} from "../../architectures/encoder-spec.ts";
import { align } from "../../quantize/layout.ts";
import type { Start, TokenRow } from "../batch.ts";
import { Activation, type KernelExports } from "../kernels/abi.ts";
import type { Layout, SessionMemory } from "./arena.ts";
import { type Attended, PositionBiases } from "./position-bias.ts";
import { type Dense, type Norm, outputs, type Table, type Weights } from "./weights.ts";

/** Rows of values in wasm memory: f32 at `x`, and room for their int8 form where the model is quantised. */
export interface RowBuffer {
  /** f32 [rows][width]. */
  readonly x: number;
  /** i8 [rows][width], in the kernels' own layout. */
  readonly q: number;
  /** f32 [rows]: the step of each row of q. */
  readonly scale: number;
  /** i32 [rows]: the zero-point correction of each row of q. */
  readonly sum: number;
}

/** Addresses for one group; `plan` makes it. */
export interface EncoderPlan {
  /** i32 [M] each: what the embedding tables are indexed with. */
  readonly indices: Readonly<Record<TokenIndex, number>>;
  /** [M][H]: the hidden states. */
  readonly tokens: RowBuffer;
  /** [R][H]: the hidden state of each row's first token. */
  readonly first: RowBuffer;
  /** [M][E]: the embeddings, where a projection leads from them to the hidden states. */
  readonly embedded: RowBuffer | undefined;
  /** f32 [M][max(H, E, A·P)]: the result of a sublayer before its LayerNorm. */
  readonly sublayer: number;
  /** f32 [M][3·A·P]: queries, keys and values. */
  readonly qkv: number;
  /** [M][A·P]: attention's result, head by head. */
  readonly context: RowBuffer;
  /** [INNER_ROWS][F]: the feed-forward layer's inner values. */
  readonly inner: RowBuffer;
  /** What attention needs besides. */
  readonly scratch: number;
  /** f32 [A][S][S] of one row, or 0 where no attentions are fetched. */
  readonly probs: number;
  /** f32 [S][2·A·P] of one row: its keys and values, or 0 where no row keeps them. */
  readonly keyValues: number;
  /** f32 [S][align(S)] of one row, per head if the model has a bias by position, added to its scores; or 0 where there is neither it nor a mask. */
  readonly bias: number;
  /** f32 [layers][align(A)]: factors of the heads' probabilities. */
  readonly headFactors: number;
}

/** What a run may begin with beside tokens. */
export interface EncoderInputs {
  /** [M][H]: hidden states to begin with, or word vectors in place of ids. */
  readonly vectors?: Float32Array | undefined;
  /** [layers][A]: factors of the heads' probabilities. */
  readonly headMask?: Float32Array | undefined;
}

/** Which layer's attention it is: its index, and the address of its heads' factors, or 0. */
export interface AttentionPlace {
  readonly index: number;
  readonly factors: number;
}

/** What a caller observes while the layers run. */
export interface EncoderObserver {
  /** Whether only the first token of each row counts after the last layer. */
  readonly firstOnly: boolean;
  /** Hidden states [M][ld] after `layer` layers; layer 0 is the embedding. Not called after the last one if `firstOnly`. */
  hidden(layer: number, address: number): void;
  /** Whether `attention` is to be called for this layer. */
  attends(layer: number): boolean;
  /** Attention probabilities of one row, `count` per head: [A][tokens][keys]. */
  attention(layer: number, row: number, address: number, count: number): void;
  /** Called between a layer's attention and its feed-forward part; it may change the hidden states in `plan.tokens`. */
  afterAttention?: ((place: AttentionPlace) => void) | undefined;
  /** The inputs [M][K] at `x` of the layers' matrix `name`. */
  matrixInput?: ((name: string, x: number, M: number, K: number) => void) | undefined;
}

interface Layer {
  readonly qkv: Dense;
  readonly output: Dense;
  readonly attentionNorm: Norm;
  readonly up: Dense;
  readonly down: Dense;
  readonly outputNorm: Norm;
}

interface Embedding extends Table {
  readonly index: TokenIndex;
  readonly offset: number;
}

// Rows that go through the feed-forward layer together: their [rows][F] stays in the L2 cache.
const INNER_ROWS = 64;

/** The most negative f32, which the reference adds to the scores of masked tokens. */
const LOWEST = -3.4028234663852886e38;

export class Encoder {
  /** Row stride of the hidden states. */
  readonly ld: number;
  readonly #spec: EncoderSpec;
  readonly #kernel: KernelExports;
  readonly #memory: SessionMemory;
  /** Undefined in an encoder that begins with hidden states. */
  readonly #embeddings:
    | { readonly tables: readonly Embedding[]; readonly norm: Norm; readonly projection: Dense | undefined }
    | undefined;
  readonly #layers: readonly Layer[];
  readonly #positionBias: PositionBiases | undefined;
  readonly #P: number;
  readonly #F: number;
  readonly #quantised: boolean;

  constructor(spec: EncoderSpec, kernel: KernelExports, memory: SessionMemory, weights: Weights, start: Start) {
    const { hiddenSize: H, layers, embeddings, norm } = spec;
    const E = embeddingWidthOf(spec);
    const projection = projectionOf(spec);
    this.#spec = spec;
    this.#kernel = kernel;
    this.#memory = memory;
    this.ld = align(H);
    this.#P = align(layers.headSize);
    this.#F = align(layers.innerSize);
    this.#quantised = weights.quantised;
    this.#embeddings =
      start === "embeddings"
        ? {
            tables: embeddings.map(({ table, index, rows, offset }) => ({
              ...weights.table(table, rows, E),
              index,
              offset,
            })),
            norm: weights.norm(norm, E),
            projection: projection && weights.dense(projection.name, H, E),
          }
        : undefined;
    this.#layers = layersOf(spec).map((layer) => this.#bind(layer, weights));
    this.#positionBias = spec.positionBias && new PositionBiases(spec, memory, weights);
  }

  #bind(layer: LayerSpec, weights: Weights): Layer {
    const { hiddenSize: H } = this.#spec;
    const { output, attentionNorm, up, down, outputNorm } = layer;
    return {
      qkv: weights.dense(qkvName(layer), 3 * this.#context, H),
      output: weights.dense(output.name, output.N, this.#context),
      attentionNorm: weights.norm(attentionNorm, H),
      up: weights.dense(up.name, up.N, up.K),
      down: weights.dense(down.name, down.N, down.K),
      outputNorm: weights.norm(outputNorm, H),
    };
  }

  /** Lays out a group of M tokens in R rows of at most S, with room for what is asked for. */
  plan(
    layout: Layout,
    M: number,
    R: number,
    S: number,
    { attentions, masks, keyValues }: Readonly<Record<"attentions" | "masks" | "keyValues", boolean>>,
  ): EncoderPlan {
    const A = this.#spec.layers.heads;
    const context = this.#context;
    const rows = spare(M);
    const ldE = align(embeddingWidthOf(this.#spec));
    const biases = this.#positionBias ? A : masks ? 1 : 0;
    return {
      indices: { ids: layout.take(rows, 4), positions: layout.take(rows, 4), types: layout.take(rows, 4) },
      tokens: this.rowBuffer(layout, M, this.ld),
      first: this.rowBuffer(layout, R, this.ld),
      embedded: this.#embeddings?.projection && this.rowBuffer(layout, M, ldE),
      sublayer: layout.take(rows * Math.max(this.ld, ldE, context), 4),
      qkv: layout.take(rows * 3 * context, 4),
      context: this.rowBuffer(layout, M, context),
      inner: this.rowBuffer(layout, Math.min(M, INNER_ROWS), this.#F),
      scratch: layout.take(this.#kernel.attention_scratch(S, this.#P), 1),
      probs: attentions ? layout.take(A * spare(S) * S, 4) : 0,
      keyValues: keyValues ? layout.take(S * 2 * context, 4) : 0,
      bias: biases > 0 ? layout.take(biases * S * align(S), 4) : 0,
      headFactors: layout.take(this.#layers.length * align(A), 4),
    };
  }

  /** Room for M rows of `width` values, and for their int8 form. */
  rowBuffer(layout: Layout, M: number, width: number): RowBuffer {
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
   * Runs all layers, and yields between two of them; the result is in `plan.tokens`, or in `plan.first` if only the first token of each row
   * counts.
   */
  *run(
    plan: EncoderPlan,
    rows: readonly TokenRow[],
    observer: EncoderObserver,
    inputs: EncoderInputs = {},
  ): Generator<void, void, void> {
    const { vectors, headMask } = inputs;
    const M = rows.reduce((tokens, row) => tokens + row.ids.length, 0);
    if (this.#embeddings) this.#embed(plan, rows, M, vectors);
    else this.#accept(plan.tokens, vectors!, M);
    observer.hidden(0, plan.tokens.x);
    if (headMask) this.#writeHeadFactors(plan.headFactors, headMask);
    for (const [index, layer] of this.#layers.entries()) {
      const last = index === this.#layers.length - 1;
      const factors = headMask ? plan.headFactors + 4 * index * align(this.#spec.layers.heads) : 0;
      if (last && observer.firstOnly) this.#runLayerOfFirst(plan, layer, rows, M, { index, factors });
      else {
        this.#runLayer(plan, layer, rows, M, { index, factors }, observer);
        const states = (index + 1) / (this.#spec.layers.perState ?? 1);
        if (Number.isInteger(states)) observer.hidden(states, plan.tokens.x);
      }
      if (!last) yield;
    }
  }

  /** Copies the first token of each row from `plan.tokens` to `plan.first`. */
  gatherFirst(plan: EncoderPlan, rows: readonly TokenRow[]): void {
    let token = 0;
    const first = rows.map(({ ids, keys }) => {
      token += ids.length;
      // Behind the others if the row is padded on the left.
      return token - ids.length + (keys < ids.length ? keys : 0);
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

  /** y [M][N] = activation(x·W + b), for any dense layer of the model; x is quantised first if W is. */
  dense(input: RowBuffer, dense: Dense, y: number, M: number, activation: Activation): void {
    if (dense.scale) this.#kernel.quantize_f32_qd8(input.x, 4 * dense.K, input.q, input.scale, input.sum, M, dense.K);
    this.#gemm(input, dense, y, 4 * dense.N, M, activation);
  }

  /** y [M][width] = LayerNorm(x). */
  norm(x: number, y: number, { gamma, beta }: Norm, M: number, width: number, epsilon = this.#spec.epsilon): void {
    this.#kernel.layernorm_f32(x, 0, gamma, beta, y, 4 * align(width), M, width, epsilon);
  }

  /** y [M][width] = x at length 1; rows of zeros stay. */
  normalize(x: number, y: number, M: number, width: number): void {
    const ld = align(width);
    const from = this.#memory.f32(x, M * ld);
    const to = this.#memory.f32(y, M * ld);
    for (let m = 0; m < M; m++) {
      let squares = 0;
      for (let i = m * ld; i < m * ld + width; i++) squares += from[i]! * from[i]!;
      // The reference divides by at least this.
      const length = Math.max(Math.sqrt(squares), 1e-12);
      for (let i = m * ld; i < (m + 1) * ld; i++) to[i] = from[i]! / length;
    }
  }

  /** A·P: the width of queries, keys, values and attention's result. */
  get #context(): number {
    return this.#spec.layers.heads * this.#P;
  }

  #accept(tokens: RowBuffer, hidden: Float32Array, M: number): void {
    this.#copyRows(hidden, tokens.x, M, this.#spec.hiddenSize);
    this.#quantize(tokens, M);
  }

  /** The int8 form of hidden states, if the model is quantised. */
  #quantize({ x, q, scale, sum }: RowBuffer, M: number): void {
    if (this.#quantised) this.#kernel.quantize_f32_qd8(x, 4 * this.ld, q, scale, sum, M, this.ld);
  }

  /** [M][width] → [M][align(width)] at `address`. */
  #copyRows(values: Float32Array, address: number, M: number, width: number): void {
    const ld = align(width);
    const x = this.#memory.f32(address, M * ld).fill(0);
    for (let m = 0; m < M; m++) x.set(values.subarray(m * width, (m + 1) * width), m * ld);
  }

  #embed(plan: EncoderPlan, rows: readonly TokenRow[], M: number, wordVectors: Float32Array | undefined): void {
    const { tables, norm, projection } = this.#embeddings!;
    const E = embeddingWidthOf(this.#spec);
    const ld = align(E);
    if (wordVectors) this.#copyRows(wordVectors, plan.sublayer, M, E);
    const summed = wordVectors ? tables.filter(({ index }) => index !== "ids") : tables;
    /** Whether the sum so far is rotated. Quantised tables are stored rotated; others and word vectors are not. */
    let rotated = false;
    for (const [place, table] of summed.entries()) {
      const isQuantised = table.scale !== 0;
      const empty = place === 0 && !wordVectors;
      if (isQuantised !== rotated && !empty) this.#kernel.rotate_f32(plan.sublayer, 4 * ld, M, ld);
      rotated = isQuantised;
      this.#writeIndices(plan.indices[table.index], table, rows, M);
      this.#addTable(table, plan.indices[table.index], plan.sublayer, M, empty ? 0 : 1);
    }
    if (rotated) this.#kernel.rotate_f32(plan.sublayer, 4 * ld, M, ld);
    if (!projection) {
      this.#addNorm(plan.sublayer, 0, norm, plan.tokens, M);
      return;
    }
    this.norm(plan.sublayer, plan.embedded!.x, norm, M, E);
    this.dense(plan.embedded!, projection, plan.tokens.x, M, Activation.none);
    this.#quantize(plan.tokens, M);
  }

  #writeIndices(address: number, { index, offset }: Embedding, rows: readonly TokenRow[], M: number): void {
    const indices = this.#memory.i32(address, M);
    let token = 0;
    for (const row of rows) {
      indices.set(row[index], token);
      token += row.ids.length;
    }
    if (offset > 0) for (let m = 0; m < M; m++) indices[m]! += offset;
  }

  /** y [M][H] = the entries at `indices`, or += them. */
  #addTable(table: Table, indices: number, y: number, M: number, accumulate: 0 | 1): void {
    const { weight, multiplier, scale, K } = table;
    const rest = [indices, y, 4 * K, M, K, accumulate] as const;
    if (multiplier) this.#kernel.embed_qm4w(weight, multiplier, scale, ...rest);
    else if (scale) this.#kernel.embed_qc7w(weight, scale, ...rest);
    else this.#kernel.embed_f32(weight, ...rest);
  }

  #runLayer(
    plan: EncoderPlan,
    layer: Layer,
    rows: readonly TokenRow[],
    M: number,
    place: AttentionPlace,
    observer: EncoderObserver,
  ): void {
    const { index } = place;
    observer.matrixInput?.(layer.qkv.name, plan.tokens.x, M, layer.qkv.K);
    this.#gemm(plan.tokens, layer.qkv, plan.qkv, 12 * this.#context, M, Activation.none);
    const observe = observer.attends(index)
      ? (row: number, count: number) => observer.attention(index, row, plan.probs, count)
      : undefined;
    this.#attend(plan, rows, place, observe);
    this.#finishLayer(plan, layer, plan.tokens, M, observer, place);
  }

  /** Attention of every row over itself, from `plan.qkv` to `plan.context`. */
  #attend(
    plan: EncoderPlan,
    rows: readonly TokenRow[],
    { index: layer, factors }: AttentionPlace,
    observe: ((row: number, count: number) => void) | undefined,
  ): void {
    const width = this.#context;
    const probs = observe ? plan.probs : 0;
    let token = 0;
    for (const [index, row] of rows.entries()) {
      const [M, S] = [row.ids.length, row.keys];
      const q = plan.qkv + 4 * token * 3 * width;
      const y = plan.context.x + 4 * token * width;
      const attended = { q, qStride: 12 * width, M, S, ...this.#keysAndValues(plan, row, layer, q + 4 * width) };
      const bias = this.#writeBias(plan.bias, row, layer, attended);
      this.#attention({ ...attended, y, probs, bias, factors }, plan);
      observe?.(index, M * S);
      token += M;
    }
  }

  /** Where a row's keys and values are: in `plan.qkv` from `kv` on, or behind those of the tokens before. */
  #keysAndValues(plan: EncoderPlan, { before, ids, keys }: TokenRow, layer: number, kv: number) {
    const width = 2 * this.#context;
    const stride = 3 * this.#context;
    if (!before) return { kv, kvStride: 4 * stride };
    const fresh = this.#memory.f32(kv, (ids.length - 1) * stride + width);
    before.join(layer, fresh, stride, this.#memory.f32(plan.keyValues, keys * width));
    return { kv: plan.keyValues, kvStride: 4 * width };
  }

  /**
   * Writes what is added to the scores [M][S] of a row with a mask of its own, or [A][M][S] in a model with a bias by position, and returns
   * where; 0 for other rows.
   */
  #writeBias(address: number, row: TokenRow, layer: number, attended: Attended): number {
    const { mask } = row;
    const { M, S } = attended;
    if (this.#positionBias) {
      this.#positionBias.write(address, row, layer, attended);
      const { heads: A } = this.#spec.layers;
      if (mask || this.#spec.causal) this.#hide(address, A, row, M, S);
      return address;
    }
    if (!mask) return 0;
    this.#memory.f32(address, M * align(S)).fill(0);
    this.#hide(address, 1, row, M, S);
    return address;
  }

  /** Makes the scores of keys that a query may not attend to the lowest, in `count` matrices [M][S]. */
  #hide(address: number, count: number, { mask, columns, before }: TokenRow, M: number, S: number): void {
    const ld = align(S);
    const past = before?.start ?? 0;
    const bias = this.#memory.f32(address, count * M * ld);
    for (let m = 0; m < M; m++) {
      for (let s = 0; s < S; s++) {
        const isVisible = mask ? mask[m * S + s] === 1 : past > 0 ? s <= past + m : columns[s]! <= columns[m]!;
        if (!isVisible) for (let a = 0; a < count; a++) bias[(a * M + m) * ld + s]! += LOWEST;
      }
    }
  }

  /** [layers][A] → [layers][align(A)]. */
  #writeHeadFactors(address: number, factors: Float32Array): void {
    const A = this.#spec.layers.heads;
    const target = this.#memory.f32(address, this.#layers.length * align(A));
    for (let layer = 0; layer < this.#layers.length; layer++) {
      target.set(factors.subarray(layer * A, (layer + 1) * A), layer * align(A));
    }
  }

  /** M queries at `q` over the S keys and values at `kv`. */
  #attention(
    { q, qStride, kv, kvStride, y, M, S, probs, bias, factors }: AttentionCall,
    { scratch }: EncoderPlan,
  ): void {
    const { heads: A, headSize: D } = this.#spec.layers;
    const width = this.#context;
    // A mask by query says all, also of a decoder.
    const causal = this.#spec.causal && !bias ? 1 : 0;
    const [k, v] = [kv, kv + 4 * width];
    const factor = 1 / Math.sqrt(D);
    this.#kernel.attention_f32(
      q,
      qStride,
      k,
      v,
      kvStride,
      y,
      4 * width,
      scratch,
      probs,
      M,
      S,
      A,
      this.#P,
      factor,
      causal,
      bias,
      4 * align(S),
      this.#positionBias ? 4 * M * align(S) : 0,
      factors,
    );
  }

  /** The last layer if only the first token of each row counts: keys and values of all, everything else of those R rows. */
  #runLayerOfFirst(
    plan: EncoderPlan,
    layer: Layer,
    rows: readonly TokenRow[],
    M: number,
    { index: layerIndex, factors }: AttentionPlace,
  ): void {
    const width = this.#context;
    const query = outputs(layer.qkv, 0, width);
    const keyValue = outputs(layer.qkv, width, 3 * width);
    this.#gemm(plan.tokens, keyValue, plan.qkv + 4 * width, 12 * width, M, Activation.none);
    this.gatherFirst(plan, rows);
    this.dense(plan.first, query, plan.sublayer, rows.length, Activation.none);
    let token = 0;
    for (const [index, row] of rows.entries()) {
      const q = plan.sublayer + 4 * index * width;
      const kv = plan.qkv + 4 * (token * 3 * width + width);
      const y = plan.context.x + 4 * index * width;
      const attended = { q, qStride: 4 * width, kv, kvStride: 12 * width, M: 1, S: row.keys };
      const bias = this.#writeBias(plan.bias, row, layerIndex, attended);
      this.#attention({ ...attended, y, probs: 0, bias, factors }, plan);
      token += row.ids.length;
    }
    this.#finishLayer(plan, layer, plan.first, rows.length);
  }

  /** From `plan.context` on: x = norm(x + output(context)), then x = norm(x + down(activation(up(x)))). */
  #finishLayer(
    plan: EncoderPlan,
    layer: Layer,
    x: RowBuffer,
    M: number,
    observer?: EncoderObserver,
    place?: AttentionPlace,
  ): void {
    observer?.matrixInput?.(layer.output.name, plan.context.x, M, layer.output.K);
    this.dense(plan.context, layer.output, plan.sublayer, M, Activation.none);
    this.#addNorm(plan.sublayer, x.x, layer.attentionNorm, x, M);
    if (place) observer?.afterAttention?.(place);
    this.#feedForward(plan, layer, x, M, observer);
    this.#addNorm(plan.sublayer, x.x, layer.outputNorm, x, M);
  }

  /** `plan.sublayer` = down(activation(up(x))), some rows at a time. */
  #feedForward(plan: EncoderPlan, { up, down }: Layer, x: RowBuffer, M: number, observer?: EncoderObserver): void {
    const activation = Activation[this.#spec.layers.activation];
    for (let row = 0; row < M; row += INNER_ROWS) {
      const count = Math.min(INNER_ROWS, M - row);
      const input = this.#from(x, row);
      observer?.matrixInput?.(up.name, input.x, count, up.K);
      this.#gemm(input, up, plan.inner.x, 4 * this.#F, count, activation);
      observer?.matrixInput?.(down.name, plan.inner.x, count, down.K);
      this.dense(plan.inner, down, plan.sublayer + 4 * row * this.ld, count, Activation.none);
    }
  }

  /** The hidden states from `row` on, a multiple of 4. */
  #from({ x, q, scale, sum }: RowBuffer, row: number): RowBuffer {
    const group = this.#kernel.qd8_group(this.ld);
    return { x: x + 4 * row * this.ld, q: q + (row / 4) * group, scale: scale + 4 * row, sum: sum + 4 * row };
  }

  /** y = norm(x + residual), quantised too if the model is, ready for the next product. */
  #addNorm(x: number, residual: number, { gamma, beta }: Norm, y: RowBuffer, M: number): void {
    const { hiddenSize: H, epsilon } = this.#spec;
    if (this.#quantised) {
      this.#kernel.layernorm_f32_qd8(x, residual, gamma, beta, y.x, 4 * this.ld, M, H, epsilon, y.q, y.scale, y.sum);
    } else this.#kernel.layernorm_f32(x, residual, gamma, beta, y.x, 4 * this.ld, M, H, epsilon);
  }

  #gemm(input: RowBuffer, dense: Dense, y: number, yStride: number, M: number, activation: Activation): void {
    const { weight, multiplier, scale, bias, N, K } = dense;
    const rest = [bias, y, yStride, M, N, K, activation] as const;
    if (multiplier) this.#kernel.gemm_qd8_f32_qm4w(input.q, input.scale, weight, multiplier, scale, ...rest);
    else if (scale) this.#kernel.gemm_qd8_f32_qc7w(input.q, input.scale, input.sum, weight, scale, ...rest);
    else this.#kernel.gemm_f32(input.x, 4 * K, weight, ...rest);
  }
}

interface AttentionCall extends Attended {
  /** Address of the result. */
  readonly y: number;
  readonly probs: number;
  readonly bias: number;
  readonly factors: number;
}

/** Rows to allocate for M: kernels may write up to the next multiple of 4. */
function spare(M: number): number {
  return Math.ceil(M / 4) * 4;
}
