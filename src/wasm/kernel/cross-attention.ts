// Attention of a decoder's tokens to an encoded text, behind their attention to each other: what it computes in one run.
// cross-attention-session.ts is the session around it.
//
// Letters: M tokens of the group, S tokens of one encoded text, H hidden, A heads, D head size, P padded D, W = A·P.
import { crossAttentionAt, type EncoderSpec, qkvName } from "../../architectures/encoder-spec.ts";
import { align } from "../../quantize/layout.ts";
import type { EncodedText } from "../encoded-text.ts";
import { Activation, type KernelExports } from "../kernels/abi.ts";
import type { Layout, SessionMemory } from "./arena.ts";
import type { AttentionPlace, Encoder, EncoderPlan, RowBuffer } from "./encoder.ts";
import type { Group } from "./session.ts";
import { type Dense, type Norm, outputs, type Weights } from "./weights.ts";

/** What cross-attention needs of a session. */
export interface CrossParts {
  readonly spec: EncoderSpec;
  readonly kernel: KernelExports;
  readonly memory: SessionMemory;
  readonly weights: Weights;
  readonly encoder: Encoder;
}

/** Addresses for one group. */
export interface CrossPlan {
  /** [S][H]: the hidden states of one text. */
  readonly states: RowBuffer;
  /** f32 [S][2·W]: its keys and values. */
  readonly keyValues: number;
  readonly scratch: number;
  /** f32 [A][M of one row][S], or 0 where no cross-attentions are fetched. */
  readonly probs: number;
}

interface CrossLayer {
  readonly qkv: Dense;
  readonly output: Dense;
  readonly norm: Norm;
}

export class CrossAttention {
  readonly spec: EncoderSpec;
  readonly #kernel: KernelExports;
  readonly #memory: SessionMemory;
  readonly #encoder: Encoder;
  readonly #layers: readonly CrossLayer[];
  readonly #quantised: boolean;
  /** P. */
  readonly #padded: number;
  /** W. */
  readonly #width: number;

  constructor({ spec, kernel, memory, weights, encoder }: CrossParts) {
    const { hiddenSize: H, layers } = spec;
    this.spec = spec;
    this.#kernel = kernel;
    this.#memory = memory;
    this.#encoder = encoder;
    this.#quantised = weights.quantised;
    this.#padded = align(layers.headSize);
    this.#width = layers.heads * this.#padded;
    this.#layers = Array.from({ length: layers.count }, (_, index) => {
      const attention = crossAttentionAt(spec, index)!;
      return {
        qkv: weights.dense(qkvName(attention), 3 * this.#width, H),
        output: weights.dense(attention.output.name, H, this.#width),
        norm: weights.norm(attention.attentionNorm, H),
      };
    });
  }

  /** Lays out a group whose rows have at most M tokens, and whose texts at most S. */
  plan(layout: Layout, M: number, S: number, attentions: boolean): CrossPlan {
    return {
      states: this.#encoder.rowBuffer(layout, S, this.#encoder.ld),
      keyValues: layout.take(S * 2 * this.#width, 4),
      scratch: layout.take(this.#kernel.attention_scratch(S, this.#padded), 1),
      probs: attentions ? layout.take(this.spec.layers.heads * M * S, 4) : 0,
    };
  }

  /**
   * `tokens` = norm(tokens + output(attention of tokens to their row's text)).
   * @param observe called with each row's probabilities [A][M][S]
   */
  attend(
    { tokens, sublayer, context }: EncoderPlan,
    plan: CrossPlan,
    { rows, tokens: M }: Group,
    texts: readonly EncodedText[],
    { index, factors }: AttentionPlace,
    observe: (row: number, probs: Float32Array) => void,
  ): void {
    const { qkv, output, norm } = this.#layers[index]!;
    const { heads: A, headSize: D } = this.spec.layers;
    const [P, W] = [this.#padded, this.#width];
    this.#encoder.dense(tokens, outputs(qkv, 0, W), sublayer, M, Activation.none);
    let token = 0;
    let written: EncodedText | undefined;
    for (const [row, { ids }] of rows.entries()) {
      const text = texts[row]!;
      // Beams of one text follow each other.
      if (text !== written) this.#writeKeyValues(plan, text, index);
      written = text;
      const [queries, S] = [ids.length, text.length];
      const at = 4 * token * W;
      const { keyValues, scratch, probs } = plan;
      this.#kernel.attention_f32(
        sublayer + at,
        4 * W,
        keyValues,
        keyValues + 4 * W,
        8 * W,
        context.x + at,
        4 * W,
        scratch,
        probs,
        queries,
        S,
        A,
        P,
        1 / Math.sqrt(D),
        0,
        0,
        0,
        0,
        factors,
      );
      if (probs) observe(row, this.#memory.f32(probs, A * queries * S));
      token += queries;
    }
    this.#encoder.dense(context, output, sublayer, M, Activation.none);
    this.#addNorm(sublayer, norm, tokens, M);
  }

  /** `plan.keyValues` = those of the text in a layer, as they were kept, or computed. */
  #writeKeyValues({ states, keyValues }: CrossPlan, text: EncodedText, layer: number): void {
    const { hiddenSize: H } = this.spec;
    const [S, W, ld] = [text.length, this.#width, this.#encoder.ld];
    const kept = text.kept(this, layer);
    const target = this.#memory.f32(keyValues, S * 2 * W);
    if (kept) {
      target.set(kept);
      return;
    }
    const x = this.#memory.f32(states.x, S * ld).fill(0);
    for (let s = 0; s < S; s++) x.set(text.states.subarray(s * H, (s + 1) * H), s * ld);
    this.#encoder.dense(states, outputs(this.#layers[layer]!.qkv, W, 3 * W), keyValues, S, Activation.none);
    text.keep(this, layer, target);
  }

  /** y = norm(x + y), quantised too if the model is. */
  #addNorm(x: number, { gamma, beta }: Norm, y: RowBuffer, M: number): void {
    const { hiddenSize: H, epsilon } = this.spec;
    const operands = [x, y.x, gamma, beta, y.x, 4 * this.#encoder.ld, M, H, epsilon] as const;
    if (this.#quantised) this.#kernel.layernorm_f32_qd8(...operands, y.q, y.scale, y.sum);
    else this.#kernel.layernorm_f32(...operands);
  }
}
