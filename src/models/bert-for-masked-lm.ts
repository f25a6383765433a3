// BertForMaskedLM: what stands behind a mask. Only the masked tokens meet the vocabulary.

import { type Fill, type FillOptions, fillMasks, maskedRows, targetIds } from "../heads/fills.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { LoadedModel, PretrainedSource } from "./loaded-model.ts";
import { BertLogitsModel, fromPretrained, type HeadOptions, type LogitsOutput } from "./model.ts";

export interface FillMaskOptions extends FillOptions, TextOptions {}

/** `logits` [batch, length, V]; zero where the mask is. */
export type MaskedLMOutput = LogitsOutput;

/**
 * A masked language model, its decoder tied to the word embeddings or not.
 *
 * @example
 * const model = await BertForMaskedLM.fromPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
 * await model.fill(["He went to the [MASK] to buy some milk."], { topK: 1 });
 * // [[[{ score: 0.1…, token: 2237, token_str: "town", sequence: "he went to the town to buy some milk." }]]]
 */
export class BertForMaskedLM extends BertLogitsModel {
  static readonly architecture: string = "BertForMaskedLM";

  constructor(pretrained: LoadedModel, head?: string) {
    super(pretrained, BertForMaskedLM.architecture, head);
  }

  static fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertForMaskedLM> {
    return fromPretrained(BertForMaskedLM, source, options);
  }

  /**
   * For each text a list a mask, each with the likeliest tokens, best first. `sequence` is the text as decoded with that token in its
   * place; where there are several masks the others stay in it, and so do [CLS] and [SEP].
   * @throws BertletError `invalid_input` for a text without a mask, or for targets none of which is known
   */
  async fill(texts: readonly TextInput[], options: FillMaskOptions = {}): Promise<Fill[][][]> {
    if (texts.length === 0) return [];
    const targets = targetIds(this.tokenizer, options.targets);
    const rows = maskedRows(this.tokenization, texts, options);
    return fillMasks(this.tokenizer, rows, await this.run(rows.feeds), targets, options);
  }
}
