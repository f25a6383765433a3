// BertLMHeadModel: BERT as a decoder, where each token sees only those before it, and texts generated with it.

import { continuePrompts, continueRows, encodePrompts, type GeneratedText } from "../heads/generation/causal-model.ts";
import type { GenerationOptions } from "../heads/generation/options.ts";
import type { TokenMatrix } from "../heads/inputs.ts";
import { type Labels, nextTokenLoss } from "../heads/losses.ts";
import type { Tensor } from "../tensor.ts";
import { BertLogitsModel, type LogitsOutput } from "./model.ts";

/** `logits` [batch, length, V]; zero at masked positions. */
export type CausalLMOutput = LogitsOutput;

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
   * @throws BertletError `unsupported` for a model whose tokens see those after them, `invalid_input` for prompts or options that do not fit
   */
  generate(prompts: TokenMatrix, options: GenerationOptions = {}): Promise<number[][]> {
    return continueRows(this.pretrained, this.head, prompts, options);
  }

  /** Texts continued. A prompt is [CLS] and the tokens of the text; [SEP] ends what is generated if no stop token is named. */
  async generateText(texts: readonly string[], options: GenerationOptions = {}): Promise<GeneratedText[]> {
    return continuePrompts(this.pretrained, this.head, encodePrompts(this.pretrained, texts), options);
  }

  protected override loss(logits: Tensor, labels: Labels, mask: Tensor | undefined): number {
    return nextTokenLoss(logits, labels, mask);
  }
}
