// BertLMHeadModel: BERT as a decoder, where each token sees only those before it, and texts generated with it. Every step computes its
// rows anew, without a cache of keys and values; only the last token of each row meets the vocabulary.
import type { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import { generate } from "../heads/generation/generate.ts";
import type { GenerationOptions } from "../heads/generation/options.ts";
import type { TokenMatrix } from "../heads/inputs.ts";
import { type Labels, nextTokenLoss } from "../heads/losses.ts";
import { rowOf } from "../heads/outputs.ts";
import { int32 } from "../heads/text-rows.ts";
import { BertLogitsModel, type LogitsOutput } from "./model.ts";

/** `logits` [batch, length, V]; zero at masked positions. */
export type CausalLMOutput = LogitsOutput;

export interface GeneratedText {
  /** The prompt and what follows it, without special tokens. */
  readonly generated_text: string;
}

/**
 * A causal language model.
 *
 * @example
 * const model = await BertLMHeadModel.fromPretrained("my-decoder");
 * await model.generate([[101, 2009, 2003]], { maxNewTokens: 10 }); // [[101, 2009, 2003, …]]
 */
export class BertLMHeadModel extends BertLogitsModel {
  static override readonly architecture: string = "BertLMHeadModel";

  /**
   * Each prompt with the tokens that follow it, up to and including a stop token, or up to a limit; `numReturnSequences` rows per prompt.
   * The configuration's `eos_token_id` stops a row if no other token is named, and no row grows beyond the model's positions.
   * @throws BertletError `unsupported` for a model whose tokens see those after them, `invalid_input` for prompts or options that make no
   * sense
   */
  async generate(prompts: TokenMatrix, options: GenerationOptions = {}): Promise<number[][]> {
    if (!this.config.is_decoder)
      throw new BertletError("unsupported", "only a decoder generates, and the config's is_decoder is false");
    const { max_position_embeddings } = this.config;
    const stopTokenIds = options.stopTokenIds ?? endTokens(this.config.get("eos_token_id"));
    return generate(prompts, (rows) => this.#lastLogits(rows), max_position_embeddings, { ...options, stopTokenIds });
  }

  /** Texts continued: {@link encodePrompts} and {@link continuePrompts} in one. */
  generateText(texts: readonly string[], options: GenerationOptions = {}): Promise<GeneratedText[]> {
    return this.continuePrompts(this.encodePrompts(texts), options);
  }

  /** The prompt of each text: [CLS] and the text's tokens. */
  encodePrompts(texts: readonly string[]): number[][] {
    const { tokenizer } = this;
    return texts.map((text) => [tokenizer.clsTokenId, ...tokenizer.encode(text, { addSpecialTokens: false })]);
  }

  /** Prompts continued, as texts; [SEP] ends what is generated if no stop token is named. */
  async continuePrompts(prompts: TokenMatrix, options: GenerationOptions = {}): Promise<GeneratedText[]> {
    const { tokenizer } = this;
    const rows = await this.generate(prompts, { stopTokenIds: [tokenizer.sepTokenId], ...options });
    return rows.map((ids) => ({ generated_text: tokenizer.decode(ids, { skipSpecialTokens: true }) }));
  }

  protected override loss(logits: Tensor, labels: Labels, mask: Tensor | undefined): number {
    return nextTokenLoss(logits, labels, mask);
  }

  /** The logits [V] after the last token of each row. */
  async #lastLogits(rows: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const starts = new Int32Array(rows.length + 1);
    for (const [index, row] of rows.entries()) starts[index + 1] = starts[index]! + row.length;
    const feeds = {
      input_ids: int32(Int32Array.from(rows.flat())),
      row_starts: int32(starts),
      output_tokens: int32(starts.subarray(1).map((end) => end - 1)),
    };
    const name = `${this.head.name}.logits`;
    const { [name]: logits } = await this.pretrained.session.run(feeds, [name]);
    return rows.map((_, row) => rowOf(logits, row));
  }
}

function endTokens(value: unknown): number[] {
  return [value].flat().filter((id) => typeof id === "number");
}
