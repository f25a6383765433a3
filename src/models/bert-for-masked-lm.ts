// BertForMaskedLM: which tokens belong in place of masks.
import { type Fill, type FillMaskOptions, maskFiller } from "../heads/fill-mask.ts";
import { runHead } from "../heads/run.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { BertLogitsModel, type LogitsOutput } from "./model.ts";

/** `logits` [batch, length, V]; zero at masked positions. */
export type MaskedLMOutput = LogitsOutput;

/**
 * A masked language model, its decoder tied to the word embeddings or not.
 *
 * @example
 * const model = await BertForMaskedLM.fromPretrained("models/minilm-l6-heads/model.safetensors");
 * await model.fill(["He went to the [MASK] to buy some milk."], { topK: 1 });
 * // [[[{ score: 0.1…, token: 2237, token_str: "town", sequence: "he went to the town to buy some milk." }]]]
 */
export class BertForMaskedLM extends BertLogitsModel {
  static override readonly architecture: string = "BertForMaskedLM";

  /**
   * For each text a list per mask, each with the likeliest tokens, best first. `sequence` is the decoded text with that token in place of
   * the mask; if there are several masks, the others stay in it, and so do [CLS] and [SEP].
   * @throws BertletError `invalid_input` for a text without a mask, or for targets of which none is known
   */
  fill(texts: readonly TextInput[], options: FillMaskOptions = {}): Promise<Fill[][][]> {
    return runHead(this.pretrained, maskFiller(this.head), texts, options);
  }
}
