// BertModel: the encoder without a head, and what its hidden states give: vectors of texts, of words and of tokens.

import { type EmbedOptions, embedding, tokenFeatures } from "../heads/embedding.ts";
import { type ModelInputs, toFeeds } from "../heads/inputs.ts";
import { runHead } from "../heads/run.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import { type WordVector, type WordVectorOptions, wordVectors } from "../heads/word-vectors.ts";
import type { Tensor } from "../tensor.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { BertPreTrainedModel, type ForwardOptions, type ModelOutput, runForward } from "./model.ts";

export interface BertModelOutput extends ModelOutput {
  /** [batch, length, H]; zero at masked positions. */
  readonly last_hidden_state: Tensor;
  /** [batch, H]; of models with a pooler. */
  readonly pooler_output?: Tensor;
}

/**
 * The encoder without a head.
 *
 * @example
 * const model = await BertModel.fromPretrained("models/minilm-l6-heads/model.safetensors");
 * const { last_hidden_state } = await model.forward({ input_ids: [[101, 7592, 102]] }); // [1, 3, 384]
 * const [vector] = await model.embed(["a sentence"]); // Float32Array(384) of length 1
 */
export class BertModel extends BertPreTrainedModel {
  /** @throws BertletError `invalid_input` for inputs or options that are unknown or do not fit */
  async forward(inputs: ModelInputs, options: ForwardOptions = {}): Promise<BertModelOutput> {
    const pooler = this.pretrained.session.outputNames.includes("pooler_output") ? ["pooler_output"] : [];
    const names = ["last_hidden_state", ...pooler];
    const { outputs, extras } = await runForward(this.pretrained, toFeeds({ ...inputs }), names, options);
    const { last_hidden_state, pooler_output } = outputs;
    return { last_hidden_state: last_hidden_state!, ...(pooler_output && { pooler_output }), ...extras };
  }

  /**
   * One vector per text: its meaning, to be compared with others.
   * @throws BertletError `invalid_input` for more dimensions than the model has
   */
  embed(texts: readonly TextInput[], options: EmbedOptions = {}): Promise<Float32Array[]> {
    return runHead(this.pretrained, embedding(this.pretrained.embedding, this.config.hidden_size), texts, options);
  }

  /** The vectors [H] of each token of each text after the last layer, [CLS] and [SEP] included. */
  features(texts: readonly TextInput[], options: TextOptions = {}): Promise<Float32Array[][]> {
    return runHead(this.pretrained, tokenFeatures(this.config.hidden_size), texts, options);
  }

  /**
   * The words of each text with their vectors, which depend on their neighbours: the same word in another sentence has another vector.
   * @example
   * const [[he, sat]] = await model.wordVectors(["he sat"]); // { word: "he", start: 0, end: 2, vector: Float32Array(384) }, …
   */
  wordVectors(texts: readonly string[], options: WordVectorOptions = {}): Promise<WordVector[][]> {
    const { num_hidden_layers, hidden_size } = this.config;
    return runHead(this.pretrained, wordVectors(num_hidden_layers, hidden_size), texts, options);
  }
}
